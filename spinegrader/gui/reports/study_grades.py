"""The table of a study's grades on paper: reader, model and the visit before, by disc."""

from collections.abc import Iterator

from spinegrader.domain.grades import Answer, Grade
from spinegrader.domain.scheme import Grading, Scale
from spinegrader.gui.reports.canvas import BODY, BOLD, QUIET
from spinegrader.gui.reports.flow import Piece, heading, paragraph
from spinegrader.gui.reports.tables import Cell, Columns, Group, Row
from spinegrader.services.study_report import StudyReport, Told
from spinegrader.texts import translate

NAME_MM, WHO_MM = 38.0, 15.0
"""Widths of the first two columns of a study's tables."""
NOTHING = "–"


def grades(report: StudyReport) -> Iterator[Piece]:
    """The table with its heading, and what its signs mean."""
    yield heading(translate("Grades"))
    columns = Columns((NAME_MM, WHO_MM), len(report.discs))
    names = [Cell(""), Cell(""), *(Cell(str(disc), BOLD) for disc in report.discs)]
    head = Row(columns, names, is_shaded=True)
    yield Piece(head, gap_mm=2.0, keeps_next=True)
    for grading in report.gradings:
        rows = [_reader_row(report, grading)]
        if any(report.of(disc, grading).prediction for disc in report.discs):
            rows.append(_model_row(report, grading))
        if report.prior is not None:
            rows.append(_prior_row(report, grading))
        yield Piece(Group(columns, grading.name, rows), head=head)
    yield from paragraph(_key_to_table(report), QUIET)


def _reader_row(report: StudyReport, grading: Grading) -> list[Cell]:
    cells = (
        Cell(_answer_text(report.of(disc, grading).grade, grading), BOLD) for disc in report.discs
    )
    return [Cell(translate("reader"), QUIET), *cells]


def _model_row(report: StudyReport, grading: Grading) -> list[Cell]:
    cells = (_model_cell(report.of(disc, grading), grading) for disc in report.discs)
    return [Cell(translate("model"), QUIET), *cells]


def _model_cell(told: Told, grading: Grading) -> Cell:
    if told.prediction is None:
        return Cell(NOTHING, QUIET)
    sign = "≠ " if told.differs else ""
    label = grading.label_of(told.prediction.value)
    # The number and its sign stay on one line.
    text = f"{sign}{label} {100 * told.prediction.confidence:.0f}\N{NO-BREAK SPACE}%"
    return Cell(text, BOLD if told.differs else BODY)


def _prior_row(report: StudyReport, grading: Grading) -> list[Cell]:
    cells = (_prior_cell(report.of(disc, grading), grading) for disc in report.discs)
    return [Cell(translate("before"), QUIET), *cells]


def _prior_cell(told: Told, grading: Grading) -> Cell:
    text = _answer_text(told.prior, grading)
    if told.change is None:
        return Cell(text, QUIET)
    if grading.scale is Scale.ORDINAL:
        change = "=" if told.change == 0 else f"{told.change:+d}".replace("-", "−")
    else:
        change = "≠" if told.change else "="
    return Cell(f"{text} ({change})", BODY if told.change else QUIET)


def _answer_text(grade: Grade | None, grading: Grading) -> str:
    if grade is None:
        return NOTHING
    label = "" if grade.value is None else grading.label_of(grade.value)
    if grade.answer is Answer.GRADED:
        return label
    said = translate(str(grade.answer))
    return f"{label} ({said})" if label else said


def _key_to_table(report: StudyReport) -> str:
    parts = [translate("“–”: not graded.")]
    if report.model_note:
        parts.append(report.model_note)
    else:
        parts.append(
            translate("Model: its grade and how sure it is; “≠” where it differs from the reader.")
        )
    if report.prior is not None:
        parts.append(
            translate(
                "Before: the reader's grade of {visit}; in brackets the steps from it to this one."
            ).format(visit=report.prior.title)
        )
    if not report.is_counted_alike:
        parts.append(
            translate(
                "The vertebrae of the visits are counted differently: compare discs with care."
            )
        )
    return " ".join(parts)
