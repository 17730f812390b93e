"""Writes the template of the catalogues (a .pot file): every text that can be translated.

Needs ``xgettext`` of GNU gettext. Usage: python tools/extract_texts.py spinegrader.pot
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

KEYWORDS = (
    (
        "translate",
        "for_translation",
        "translate_count:1,2",
        "counted:2,3",
        "ActionSpec:2",
        "MouseBinding:3",
        "Layout:2",
        "Measure:2",
    ),
    ("ActionSpec:4",),
    ("ActionSpec:5",),
)
"""Functions and which of their arguments is a text; xgettext takes one argument of each a run.

Two numbers are the forms for one and for more.
"""


def extract(target: Path) -> None:
    """Collects the texts of the package into ``target``.

    Raises:
        FileNotFoundError: If there is no xgettext.
        subprocess.CalledProcessError: If it fails.
    """
    target.unlink(missing_ok=True)
    files = sorted(path.relative_to(ROOT) for path in (ROOT / "spinegrader").rglob("*.py"))
    for keywords in KEYWORDS:
        command = ["xgettext", "--language=Python", "--from-code=UTF-8", "--sort-by-file"]
        command += ["--package-name=SpineGrader", f"--output={target.resolve()}", "--keyword"]
        command += [f"--keyword={keyword}" for keyword in keywords]
        command += ["--join-existing"] if target.exists() else []
        subprocess.run([*command, *map(str, files)], cwd=ROOT, check=True)  # noqa: S603


if __name__ == "__main__":
    extract(Path(sys.argv[1]))
