"""The pictures of a study on paper: its middle slice, and the discs with the highest grades."""

from collections.abc import Iterator

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.gui.reports.canvas import QUIET
from spinegrader.gui.reports.flow import Piece, heading, paragraph
from spinegrader.gui.reports.key_images import (
    Picture,
    PictureRow,
    disc_images,
    has_disc,
    middle_slices,
)
from spinegrader.services.study_report import StudyReport, Visit
from spinegrader.services.wording import series_title
from spinegrader.store.project import ProjectStore
from spinegrader.texts import translate

_MIDDLE_MM = (88.0, 106.0)
_DISC_MM = (42.0, 32.0)
_MOST_CLOSE_UPS = 4


def pictures(report: StudyReport, store: ProjectStore) -> Iterator[Piece]:
    """The visit beside the one before, then the discs with the highest grades."""
    visits = [visit for visit in (report.visit, report.prior) if visit and visit.series]
    if not visits:
        return
    yield heading(translate("Images"))
    images = middle_slices(store, visits, *_MIDDLE_MM)
    pictures = [
        Picture(image, f"{visit.title} · {series_words(visit)}")
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


def series_words(visit: Visit) -> str:
    """Which images are shown of a visit."""
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
