"""The report of one study on paper."""

from collections.abc import Iterator
from pathlib import Path

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.gui.reports.canvas import BOLD, QUIET
from spinegrader.gui.reports.flow import Piece, heading, paragraph, title, write_pdf
from spinegrader.gui.reports.study_grades import NAME_MM, NOTHING, WHO_MM, grades
from spinegrader.gui.reports.study_pictures import pictures, series_words
from spinegrader.gui.reports.tables import Cell, Columns, Facts, Group, Row
from spinegrader.services.measures import MEASURES, Measure
from spinegrader.services.study_report import StudyReport, Visit
from spinegrader.store.project import ProjectStore
from spinegrader.texts import translate

_MEASURES = ("height_mean_mm", "slip_forward_mm", "segment_lordosis_degrees")


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
        *grades(report),
        *pictures(report, store),
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
        (translate("Images"), series_words(report.visit)),
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
        yield translate("Patient"), report.patient.name or NOTHING
        yield translate("Patient ID"), report.patient.id
    about = [report.sex] if report.sex else []
    if report.age_years is not None:
        about.append(translate("{count} years").format(count=report.age_years))
    if about:
        yield translate("Sex and age"), ", ".join(about)


def _prior_words(report: StudyReport) -> str:
    if report.prior is None:
        return translate("none in this project")
    if report.years_between is None:
        return report.prior.title
    earlier = translate("{years:.1f} years earlier").format(years=report.years_between)
    return f"{report.prior.title}, {earlier}"


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
    columns = Columns((NAME_MM, WHO_MM), len(discs))
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
    cells = (Cell(measure.text_of(visit.measures.discs.get(disc)) or NOTHING) for disc in discs)
    return [Cell(who, QUIET), *cells]


def _models(report: StudyReport) -> Iterator[Piece]:
    if not report.models:
        return
    yield heading(translate("The model"))
    for sentence in report.models:
        yield from paragraph(sentence)
