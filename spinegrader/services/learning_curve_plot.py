"""A learning curve as a picture: accuracy by annotated studies, a line for each row."""

import io
from typing import TYPE_CHECKING

from spinegrader.model.learning_curve_rows import ROW_NAMES, CurveRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from spinegrader.model.learning_curve_report import CurveReport
    from spinegrader.model.learning_curve_statistics import LabelsNeeded

_SIZE_INCHES = (8.0, 5.2)
_DPI = 160
_WIDE = 10
"""Sizes that differ by more are drawn in equal steps of their logarithm."""

_MIDDLE = 0.5

# Okabe and Ito's colours, told apart by colour-blind eyes too; markers and dashes tell them apart
# in black and white.
_LOOKS: dict[CurveRow, tuple[str, str, str | tuple[float, tuple[float, ...]]]] = {
    "scratch": ("#000000", "s", "-"),
    "random": ("#8A8A8A", "X", (0, (1, 1.5))),
    "level": ("#E69F00", "^", "--"),
    "contrastive": ("#009E73", "D", "-."),
    "both": ("#0072B2", "o", "-"),
    "both-trained": ("#D55E00", "v", "-"),
    "discs-trained": ("#CC79A7", "P", "-"),
    "contrastive-trained": ("#009E73", "d", (0, (5, 1.5))),
    "discs-contrastive": ("#56B4E9", "p", "-."),
    "discs-contrastive-trained": ("#56B4E9", "h", (0, (5, 1.5))),
}
"""By row: colour, marker, dashes."""


def curve_pictures(report: "CurveReport", grading_name: str) -> dict[str, bytes]:
    """The picture as PNG and SVG, by the end of the file's name.

    Args:
        report: What the curve says.
        grading_name: What the grading is called.
    """
    # Agg draws without a screen; pyplot, which keeps figures, isn't imported at all.
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    pictures = {}
    with rc_context({"svg.hashsalt": "spinegrader", "svg.fonttype": "none", "font.size": 10.5}):
        figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        _draw(figure, report, grading_name)
        for ending, metadata in (("png", {"Software": ""}), ("svg", {"Date": None})):
            stream = io.BytesIO()
            figure.savefig(stream, format=ending, metadata=metadata)
            pictures[ending] = stream.getvalue()
    return pictures


def _draw(figure: "Figure", report: "CurveReport", grading_name: str) -> None:
    axes = figure.add_subplot()
    for row in report.rows:
        _draw_row(axes, report, row)
    sizes = sorted({point.size for point in report.points})
    if sizes and sizes[-1] > _WIDE * sizes[0]:
        axes.set_xscale("log")
        axes.minorticks_off()
    axes.set_xticks(sizes, [str(size) for size in sizes])
    _draw_target(axes, report)
    axes.set_xlabel("Annotated studies of training subjects")
    axes.set_ylabel("Mean per-class accuracy on test subjects (%)")
    axes.grid(visible=True, axis="y", color="#E4E4E4", linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    heading = f"{grading_name}: accuracy by annotated studies"
    if report.card.is_simulated:
        heading += " — simulated people"
    figure.suptitle(heading, fontsize=12.5, fontweight="bold")
    counts = report.card.counts
    axes.set_title(
        f"{counts['test_discs']} discs of {counts['test_subjects']} test subjects; "
        f"{_seeds(report)}; bands are 95 % over subjects and seeds",
        fontsize=9.5,
        color="#444444",
    )
    # Below, where no curve can come to lie under it.
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9.5)


def _seeds(report: "CurveReport") -> str:
    """How many are trained so far."""
    seeds = sorted({point.seeds for point in report.points})
    if len(seeds) > 1:
        return f"{seeds[0]} to {seeds[-1]} seeds"
    return "1 seed" if seeds == [1] else f"{seeds[0] if seeds else 0} seeds"


def _draw_row(axes: "Axes", report: "CurveReport", row: CurveRow) -> None:
    colour, marker, dashes = _LOOKS[row]
    points = [point for point in report.points if point.row == row]
    sizes = [point.size for point in points]
    axes.plot(
        sizes,
        [100 * point.accuracy for point in points],
        color=colour,
        marker=marker,
        linestyle=dashes,
        linewidth=2.2 if row in ("both", "scratch") else 1.6,
        markersize=7,
        markeredgecolor="white",
        label=ROW_NAMES[row],
        zorder=4,
    )
    banded = [(point.size, point.accuracy_interval) for point in points if point.accuracy_interval]
    axes.fill_between(
        [size for size, _ in banded],
        [100 * interval[0] for _, interval in banded],
        [100 * interval[1] for _, interval in banded],
        color=colour,
        alpha=0.12,
        linewidth=0,
        zorder=2,
    )


def _draw_target(axes: "Axes", report: "CurveReport") -> None:
    """The accuracy of scratch with all labels, and with how many the best row has it."""
    if report.target is None:
        return
    height = 100 * report.target
    axes.axhline(height, color="#000000", linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    best = _earliest(report)
    if best is None or best.studies is None:
        return
    colour = _LOOKS[best.row][0]
    bottom = axes.get_ylim()[0]
    axes.vlines(best.studies, bottom, height, color=colour, linewidth=1.2, linestyle=(0, (2, 2)))
    axes.set_ylim(bottom=bottom)
    axes.plot(
        best.studies,
        height,
        marker="*",
        markersize=15,
        color=colour,
        zorder=6,
        markeredgecolor="white",
    )
    low, high = (
        f"{end:.0f}" if end is not None else f"over {report.full}" for end in best.interval
    )
    fewer = " or fewer" if best.at_most else ""
    place = axes.transData.transform((best.studies, height))
    is_left = axes.transAxes.inverted().transform(place)[0] < _MIDDLE
    axes.annotate(
        f"{ROW_NAMES[best.row]}: {best.studies:.0f} studies{fewer} ({low} to {high})\n"
        f"for the {height:.1f} % of scratch with {report.full}",
        xy=(best.studies, bottom),
        xytext=(6 if is_left else -6, 8),
        textcoords="offset points",
        horizontalalignment="left" if is_left else "right",
        fontsize=9.5,
        color="#222222",
    )


def _earliest(report: "CurveReport") -> "LabelsNeeded | None":
    """Both losses where they reach it, else the row that needs fewest labels."""
    reached = [item for item in report.needed if item.studies is not None]
    both = [item for item in reached if item.row == "both"]
    return next(iter(both or sorted(reached, key=lambda item: item.studies or 0)), None)
