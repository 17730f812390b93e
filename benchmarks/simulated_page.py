"""Tables in docs/simulated-cohort.md that benchmarks write between marker comments."""

from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "simulated-cohort.md"


def rewrite_section(page: Path, name: str, lines: Sequence[str]) -> None:
    """Replaces what stands between the two markers of a section; the rest stays as it is.

    Args:
        page: Holds both markers once, in their order.
        name: Of the section.
        lines: Its new content.

    Raises:
        ValueError: If the page hasn't each marker once.
    """
    begin, end = f"<!-- {name}: written by a benchmark -->", f"<!-- end of {name} -->"
    text = page.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"{page.name} needs the two marker comments of “{name}”, once each.")
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    content = "\n".join(lines)
    page.write_text(f"{before}{begin}\n\n{content}\n\n{end}{after}", encoding="utf-8")


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table, its first column to the left and the others to the right."""
    head = [f"| {' | '.join(titles)} |", "|---|" + "---:|" * (len(titles) - 1)]
    return head + [f"| {' | '.join(row)} |" for row in rows]


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Mean and standard deviation in words."""
    import numpy as np

    known = [value for value in values if np.isfinite(value)]
    if len(known) < 2:
        return "–"
    return f"{np.mean(known):.{digits}f} ± {np.std(known, ddof=1):.{digits}f}"


def middle(values: Sequence[float], digits: int = 2) -> str:
    """Median and, in brackets, the tenth and ninetieth percentile; how many there are."""
    import numpy as np

    known = [value for value in values if np.isfinite(value)]
    if len(known) < 2:
        return "–"
    low, half, high = np.percentile(known, (10, 50, 90))
    return f"{half:.{digits}f} ({low:.{digits}f}–{high:.{digits}f}), {len(known)}"
