"""The report of one study on paper."""

from collections.abc import Iterator
from pathlib import Path

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Answer, Grade
from spinegrader.domain.scheme import Grading, Scale
from spinegrader.gui.reports.canvas import BODY, BOLD, QUIET
from spinegrader.gui.reports.flow import Piece, heading, paragraph, title, write_pdf
from spinegrader.gui.reports.key_images import (
    Picture,
    PictureRow,
    disc_images,
    has_disc,
    middle_slices,
)
from spinegrader.gui.reports.tables import Cell, Columns, Facts, Group, Row
from spinegrader.services.measures import MEASURES, Measure
from spinegrader.services.study_report import StudyReport, Told, Visit
from spinegrader.services.wording import series_title
from spinegrader.store.project import ProjectStore
from spinegrader.texts import translate

_NAME_MM, _WHO_MM = 38.0, 15.0
_MIDDLE_MM = (88.0, 106.0)
_DISC_MM = (42.0, 32.0)
_MOST_CLOSE_UPS = 4
_MEASURES = ("height_mean_mm", "slip_forward_mm", "segment_lordosis_degrees")
_NOTHING = "–"


def write_study_pdf(report: StudyReport, store: ProjectStore, path: Path) -> int:
    """Writes the report of a study; may be called from any thread.

    Args:
        report: What it says.
        store: Of the project, to read pixels from.
        path: The file.

    Returns:
        The number of pages.

    Raises:
        InputError: If the file can't be written; one that was there before stays.
    """
    pieces = [
        title(translate("Reading of the lumbar spine")),
        *_facts(report),
        *_grades(report),
        *_pictures(report, store),
        *_remarks(report),
        *_measures(report),
        *_models(report),
    ]
    whose = "" if report.patient is None else f"{report.patient.id} · "
    return write_pdf(path, translate("Report of a study"), pieces, f"{whose}{report.visit.title}")


# -- who and when ---------------------------------------------------------------------------


def _facts(report: StudyReport) -> Iterator[Piece]:
    progress = report.progress
    answered = translate("{answered} of {total} items answered").format(
        answered=progress.answered, total=progress.total
    )
    reader = f"{report.reader} ({translate(str(report.mode))})"
    if progress.reading > 1:
        number = translate("reading {number}").format(number=progress.reading)
        reader = f"{report.reader} ({translate(str(report.mode))}, {number})"
    pairs = [
        *_patient_facts(report),
        (translate("Study"), f"{report.visit.title}  {report.visit.study.description}".rstrip()),
        (translate("Images"), _series_words(report.visit)),
        (translate("Reader"), reader),
        (translate("Reading"), answered),
        (translate("Visit before"), _prior_words(report)),
        (translate("Written"), f"{report.made_at:%Y-%m-%d %H:%M} UTC"),
        (translate("Program"), f"SpineGrader {report.program_version}"),
    ]
    if report.flag:
        pairs.append((translate("Flag"), report.flag))
    yield Piece(Facts(pairs), gap_mm=3.0)


def _patient_facts(report: StudyReport) -> Iterator[tuple[str, str]]:
    if report.patient is None:
        yield translate("Patient"), translate("not named")
    else:
        yield translate("Patient"), report.patient.name or _NOTHING
        yield translate("Patient ID"), report.patient.id
    about = [report.sex] if report.sex else []
    if report.age_years is not None:
        about.append(translate("{count} years").format(count=report.age_years))
    if about:
        yield translate("Sex and age"), ", ".join(about)


def _series_words(visit: Visit) -> str:
    if visit.series is None:
        return translate("no sagittal images")
    words = [series_title(visit.series)]
    if visit.series.description:
        words.append(f"“{visit.series.description}”")
    if visit.series.manufacturer:
        words.append(visit.series.manufacturer)
    if visit.series.field_strength_t is not None:
        words.append(f"{visit.series.field_strength_t:g} T")
    return ", ".join(words)


def _prior_words(report: StudyReport) -> str:
    if report.prior is None:
        return translate("none in this project")
    if report.years_between is None:
        return report.prior.title
    earlier = translate("{years:.1f} years earlier").format(years=report.years_between)
    return f"{report.prior.title}, {earlier}"


# -- grades ---------------------------------------------------------------------------------


def _grades(report: StudyReport) -> Iterator[Piece]:
    yield heading(translate("Grades"))
    columns = Columns((_NAME_MM, _WHO_MM), len(report.discs))
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
        return Cell(_NOTHING, QUIET)
    sign = "≠ " if told.differs else ""
    label = grading.label_of(told.prediction.value)
    text = f"{sign}{label} {100 * told.prediction.confidence:.0f} %"
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
        return _NOTHING
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


# -- pictures -------------------------------------------------------------------------------


def _pictures(report: StudyReport, store: ProjectStore) -> Iterator[Piece]:
    visits = [visit for visit in (report.visit, report.prior) if visit and visit.series]
    if not visits:
        return
    yield heading(translate("Images"))
    images = middle_slices(store, visits, *_MIDDLE_MM)
    pictures = [
        Picture(image, f"{visit.title} · {_series_words(visit)}")
        for visit, image in zip(visits, images, strict=True)
    ]
    yield Piece(PictureRow(pictures, *_MIDDLE_MM), gap_mm=2.0)
    if len(visits) > 1:
        yield from paragraph(translate("Both at the same scale."), QUIET, gap_mm=0.5)
    yield from _close_ups(report, store, visits)


def _close_ups(report: StudyReport, store: ProjectStore, visits: list[Visit]) -> Iterator[Piece]:
    """The discs with the worst grades beside each other, those of the visit before below."""
    discs = [disc for disc in report.worst_discs(_MOST_CLOSE_UPS) if has_disc(report.visit, disc)]
    if not discs:
        return
    rows: list[list[Picture]] = [[] for _ in visits]
    for disc in discs:
        there = [visit for visit in visits if has_disc(visit, disc)]
        images = dict(
            zip(
                (v.study.uid for v in there),
                disc_images(store, there, disc, *_DISC_MM),
                strict=True,
            )
        )
        for row, visit in zip(rows, visits, strict=True):
            caption = f"{disc} · {visit.title}"
            if visit is report.visit:
                caption = f"{disc} · {_finding(report, disc)}"
            elif visit.study.uid not in images:
                caption = translate("{disc} is not drawn at {visit}").format(
                    disc=disc, visit=visit.title
                )
            row.append(Picture(images.get(visit.study.uid), caption))
    yield heading(translate("The discs with the highest grades"))
    for at, row in enumerate(rows):
        last = at == len(rows) - 1
        yield Piece(PictureRow(row, *_DISC_MM), gap_mm=2.0, keeps_next=not last)


def _finding(report: StudyReport, disc: DiscLevel) -> str:
    """What the reader, or else the model, says of a disc: grades but the lowest ones."""
    words = []
    for grading in report.gradings:
        told = report.of(disc, grading)
        value = None if told.grade is None else told.grade.value
        who = ""
        if value is None and told.prediction is not None:
            value, who = told.prediction.value, translate("model") + " "
        if value is not None and value != grading.values[0]:
            label = grading.label_of(value)
            words.append(f"{grading.name} {who}{label}")
    return "; ".join(words)


# -- the rest -------------------------------------------------------------------------------


def _remarks(report: StudyReport) -> Iterator[Piece]:
    if not report.remarks:
        return
    yield heading(translate("Comments of the reader"))
    for remark in report.remarks:
        text = f"{remark.disc}, {remark.grading}: {remark.text}"
        yield from paragraph(text)


def _measures(report: StudyReport) -> Iterator[Piece]:
    discs = [disc for disc in report.discs if report.visit.measures.discs.get(disc) is not None]
    if not discs:
        return
    yield heading(translate("Measures"))
    columns = Columns((_NAME_MM, _WHO_MM), len(discs))
    names = [Cell(""), Cell(""), *(Cell(str(disc), BOLD) for disc in discs)]
    head = Row(columns, names, is_shaded=True)
    yield Piece(head, gap_mm=2.0, keeps_next=True)
    for measure in (item for item in MEASURES if item.name in _MEASURES):
        rows = [_measure_row(report.visit, translate("now"), measure, discs)]
        if report.prior is not None:
            rows.append(_measure_row(report.prior, translate("before"), measure, discs))
        yield Piece(Group(columns, translate(measure.title), rows), keeps_next=True)
    told = translate("From the vertebrae as they are drawn; none of it is a reader's measurement.")
    lordosis = report.visit.measures.lumbar_lordosis_degrees
    if lordosis is not None:
        words = translate("Lumbar lordosis, L1 to S1: {degrees:.1f}°.").format(degrees=lordosis)
        told = f"{words} {told}"
    yield from paragraph(told, QUIET)


def _measure_row(visit: Visit, who: str, measure: Measure, discs: list[DiscLevel]) -> list[Cell]:
    cells = (Cell(measure.text_of(visit.measures.discs.get(disc)) or _NOTHING) for disc in discs)
    return [Cell(who, QUIET), *cells]


def _models(report: StudyReport) -> Iterator[Piece]:
    if not report.models:
        return
    yield heading(translate("The model"))
    for sentence in report.models:
        yield from paragraph(sentence)
