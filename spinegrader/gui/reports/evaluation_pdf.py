"""The report of an evaluation on paper."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from spinegrader.gui.reports.canvas import BOLD, QUIET
from spinegrader.gui.reports.charts import (
    IntervalLine,
    Intervals,
    Matrices,
    Matrix,
    figure_text,
)
from spinegrader.gui.reports.flow import Piece, heading, paragraph, title, write_pdf
from spinegrader.gui.reports.reliability_chart import Reliabilities, Reliability
from spinegrader.gui.reports.tables import Cell, Columns, Facts, Row
from spinegrader.services.evaluation import GradingEvaluation
from spinegrader.services.evaluation_report import EvaluationReport
from spinegrader.services.reliability_words import HOW_TO_READ, overall_words
from spinegrader.texts import translate

_NAME_MM = 40.0


def write_evaluation_pdf(report: EvaluationReport, path: Path) -> int:
    """Writes the report of an evaluation; may be called from any thread.

    Args:
        report: What it says.
        path: The file.

    Returns:
        The number of pages.

    Raises:
        InputError: If the file can't be written; one that was there before stays.
    """
    evaluation = report.evaluation
    pieces = [
        title(translate("Evaluation of a grading model")),
        Piece(Facts([*report.model, *report.people], name_mm=24.0), gap_mm=3.0),
        *_warnings(report),
        *_figures(report),
        *_intervals(report),
        *_matrices(report),
        *_reliability(report),
        *_about(report),
    ]
    foot = f"{evaluation.model_title} · {evaluation.evaluated_at:%Y-%m-%d}"
    return write_pdf(path, translate("Report of an evaluation"), pieces, foot)


def _warnings(report: EvaluationReport) -> Iterator[Piece]:
    for warning in report.warnings:
        yield from paragraph(f"! {warning}", BOLD)


def _figures(report: EvaluationReport) -> Iterator[Piece]:
    yield heading(translate("How well it grades"))
    names = (
        translate("People"),
        translate("Discs"),
        translate("Right in each grade"),
        translate("Kappa"),
        translate("Within one grade"),
        translate("Off in how sure it is"),
    )
    columns = Columns((_NAME_MM,), len(names))
    cells = (Cell(""), *(Cell(name, BOLD) for name in names))
    head = Row(columns, cells, is_shaded=True)
    yield Piece(head, gap_mm=2.0, keeps_next=True)
    for its in report.evaluation.gradings:
        yield Piece(Row(columns, _figure_cells(its)), head=head)
    yield from paragraph(
        translate(
            "In brackets: 95 % intervals, by bootstrap over people. Right in each grade: the mean "
            "over the grades of how many of their discs the model got right. Kappa: agreement "
            "beyond chance, with quadratic weights for ordered grades. Off in how sure it is: the "
            "mean gap between the model's confidence and its share of right grades."
        ),
        QUIET,
    )


def _figure_cells(its: GradingEvaluation) -> tuple[Cell, ...]:
    found = its.agreement
    texts = (
        str(its.people),
        str(found.n),
        figure_text(found.mean_class_accuracy, found.mean_class_accuracy_interval),
        figure_text(found.weighted_kappa, found.weighted_kappa_interval),
        # Of grades without an order none is next to another.
        figure_text(found.within_one, found.within_one_interval) if its.ordinal else "–",
        figure_text(its.calibration_error, None),
    )
    return (Cell(its.name, BOLD), *(Cell(text.replace(" (", "\n(")) for text in texts))


def _intervals(report: EvaluationReport) -> Iterator[Piece]:
    yield heading(translate("Kappa with its 95 % interval"))
    lines = [
        IntervalLine(its.name, its.agreement.weighted_kappa, its.agreement.weighted_kappa_interval)
        for its in report.evaluation.gradings
    ]
    yield Piece(Intervals(lines), gap_mm=2.0)


def _matrices(report: EvaluationReport) -> Iterator[Piece]:
    yield heading(translate("Reader's grades in rows, the model's in columns"))
    matrices = [
        Matrix(its.name, its.labels, its.agreement.confusion) for its in report.evaluation.gradings
    ]
    for at in range(0, len(matrices), 2):
        yield Piece(Matrices(matrices[at : at + 2]), gap_mm=4.0)


def _reliability(report: EvaluationReport) -> Iterator[Piece]:
    charts = [
        Reliability(its.name, overall_words(its), its.reliability)
        for its in report.evaluation.gradings
        if its.reliability
    ]
    if not charts:
        return
    yield heading(translate("How sure the model is, and how often it is right"))
    told = translate("The bars below each diagram tell how many discs a point stands for.")
    for piece in paragraph(f"{translate(HOW_TO_READ)} {told}", QUIET):
        yield replace(piece, keeps_next=True)
    for at in range(0, len(charts), 2):
        yield Piece(Reliabilities(charts[at : at + 2]), gap_mm=3.0)


def _about(report: EvaluationReport) -> Iterator[Piece]:
    yield heading(translate("The model"))
    for sentence in report.evaluation.about:
        yield from paragraph(sentence)
    yield from paragraph(translate(report.evaluation.note))
