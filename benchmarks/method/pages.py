"""Pages in docs/experiments that the experiments write between marker comments.

    python -m benchmarks.method.pages CURVE PAGE SECTION

writes a learning curve that is trained already, or as far as it is.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks.simulated_page import rewrite_section
from spinegrader.services.learning_curves import write_curve_report
from spinegrader.services.resources import load_scheme

PAGES = Path(__file__).resolve().parents[2] / "docs" / "experiments"


def main() -> None:
    """Writes one section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("curve", type=Path)
    parser.add_argument("page", help="without its ending")
    parser.add_argument("section")
    chosen = parser.parse_args()
    publish_curve(chosen.curve, chosen.page, chosen.section)


def publish_curve(curve: Path, page: str, section: str) -> None:
    """Writes table, sentences and picture of a learning curve.

    Args:
        curve: Its folder.
        page: Name of the page, without its ending.
        section: Name of the section on it; its picture goes by page and section.
    """
    from spinegrader.model.learning_curve_card import read_curve_card

    grading = load_scheme().grading(read_curve_card(curve).config.grading)
    write_curve_report(curve, grading.name)
    picture = f"{page}-{section}.png"
    shutil.copyfile(curve / "curve.png", PAGES / "pictures" / picture)
    text = (curve / "curve.md").read_text(encoding="utf-8").splitlines()
    publish(page, section, [f"![{grading.name}: learning curves](pictures/{picture})", *text[1:]])


def publish(page: str, section: str, lines: Sequence[str]) -> None:
    """Writes a section of a page.

    Args:
        page: Name of the page, without its ending.
        section: Name of the section on it.
        lines: Its content.
    """
    rewrite_section(PAGES / f"{page}.md", section, lines)


if __name__ == "__main__":
    main()
