"""What is printed of one study: the reader's grades, the model's, the prior's, and whose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from spinegrader import __version__
from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.grades import Grade, ReadingMode
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import Grading, Scale
from spinegrader.domain.study import Patient, Series, Study
from spinegrader.services.measures import SeriesMeasures
from spinegrader.services.progress import StudyProgress


@dataclass(frozen=True)
class ReportWish:
    """What a report may tell.

    Args:
        with_model: Whether the model's grades are wanted, where they may be shown.
        identity_hidden: Whether name, number, birth and dates are left out.
    """

    with_model: bool = True
    identity_hidden: bool = False


@dataclass(frozen=True)
class Told:
    """What is said of one disc and grading.

    Args:
        grade: The reader's answer in the reading in force; None while open.
        prediction: The model's grade; None where there is none or it may not be shown.
        prior: The reader's answer of the visit before.
    """

    grade: Grade | None = None
    prediction: Prediction | None = None
    prior: Grade | None = None

    @property
    def differs(self) -> bool:
        """Whether reader and model say different grades."""
        if self.grade is None or self.grade.value is None or self.prediction is None:
            return False
        return self.grade.value != self.prediction.value

    @property
    def change(self) -> int | None:
        """Steps from the prior's grade to the reader's; None unless both have a value."""
        now = None if self.grade is None else self.grade.value
        before = None if self.prior is None else self.prior.value
        return None if now is None or before is None else now - before


@dataclass(frozen=True)
class Visit:
    """One visit of the person, with the series that is shown of it.

    Args:
        study: The visit.
        title: Its date; which visit of the person it is where identity is hidden.
        series: The sagittal series that is graded; None where there is none.
        overlay: Its vertebrae and discs.
        measures: Of these.
    """

    study: Study
    title: str
    series: Series | None
    overlay: Overlay | None
    measures: SeriesMeasures


@dataclass(frozen=True)
class Remark:
    """A reader's comment on one item."""

    disc: DiscLevel
    grading: str
    text: str


@dataclass(frozen=True)
class StudyReport:
    """All that a report says of one study, taken out of the session.

    Args:
        visit: The study.
        prior: The visit before; None where there is none with sagittal images.
        years_between: Between these two; None where a date is unknown.
        patient: Whose study it is; None where identity is hidden.
        sex: As the images say; may be empty.
        age_years: At the visit; None where it isn't known.
        gradings: Those of the table, in order.
        discs: Those of the table, head to feet.
        told: By disc and grading id.
        reader: Whose grades they are.
        progress: How far the reader is.
        mode: Blinded only if every answer was.
        remarks: The reader's comments, in the order of the table.
        flag: Words of the study's flag; empty where there is none.
        models: A sentence on each model whose grades are shown.
        model_note: Why no model's grades are shown; empty where they are.
        made_at: UTC.
        program_version: Of SpineGrader.
    """

    visit: Visit
    prior: Visit | None
    years_between: float | None
    patient: Patient | None
    sex: str
    age_years: int | None
    gradings: tuple[Grading, ...]
    discs: tuple[DiscLevel, ...]
    told: Mapping[tuple[DiscLevel, str], Told]
    reader: str
    progress: StudyProgress
    mode: ReadingMode
    remarks: tuple[Remark, ...]
    flag: str
    models: tuple[str, ...]
    model_note: str
    made_at: datetime
    program_version: str = __version__

    def of(self, disc: DiscLevel, grading: Grading) -> Told:
        """What is said of one item; nothing where nobody has said anything."""
        return self.told.get((disc, grading.id), Told())

    @property
    def is_counted_alike(self) -> bool:
        """Whether both visits have the same transitional vertebrae, as far as they are drawn.

        Where they haven't, discs of one name may be different ones.
        """
        drawn = [
            {
                vertebra.level
                for vertebra in visit.overlay.vertebrae
                if vertebra.level.is_transitional
            }
            for visit in (self.visit, self.prior)
            if visit is not None and visit.overlay is not None
        ]
        return all(levels == drawn[0] for levels in drawn)

    def worst_discs(self, most: int) -> tuple[DiscLevel, ...]:
        """The discs with the worst grades, worst first; the model's where the reader has none.

        Each ordinal grade counts as its share of the way to the grading's last class: first the
        worst of a disc, then their sum. Discs without any finding are left out.
        """
        found = []
        for disc in self.discs:
            shares = [
                share
                for grading in self.gradings
                if grading.scale is Scale.ORDINAL
                and (share := _severity(self.of(disc, grading), grading)) is not None
            ]
            if any(shares):
                found.append((-max(shares), -sum(shares), disc))
        return tuple(disc for *_, disc in sorted(found, key=lambda item: item[:2])[:most])


def _severity(told: Told, grading: Grading) -> float | None:
    value = None if told.grade is None else told.grade.value
    if value is None and told.prediction is not None:
        value = told.prediction.value
    if value not in grading.values:
        return None
    return grading.values.index(value) / (len(grading.values) - 1)
