"""What the work list is made of: persons and their visits, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from spinegrader.domain.study import Patient, Study
from spinegrader.gui.theme import UNSAVED_SIGN
from spinegrader.services.progress import work_list
from spinegrader.services.session import Session
from spinegrader.services.sight import known_flag_words
from spinegrader.services.standing import Standing, StudyStanding
from spinegrader.services.wording import counted
from spinegrader.texts import translate

STANDING_SIGNS = {
    Standing.NEW: "○",
    Standing.DOING: "◐",
    Standing.DONE: "●",
    Standing.SECOND_READER: "◇",
}
FLAG_SIGN = "⚑"
REPEAT_SIGN = "↻"
DOUBT_SIGN = "?"


@dataclass(frozen=True)
class StudyRow:
    """A visit as the list shows it.

    Args:
        study: The visit.
        when: Its date, or which visit of the person it is.
        patient_title: What its person is called.
        search_text: What a search looks at, folded; no identity while it is hidden.
        duplicates: Studies that give way to it.
    """

    study: Study
    when: str
    patient_title: str
    search_text: str
    duplicates: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """When it was and what it is called."""
        return f"{self.when}  {self.study.description}".rstrip()

    def flat_title(self, *, date_first: bool) -> str:
        """Whose it is, too: where no person stands above it."""
        known = (self.when, self.patient_title) if date_first else (self.patient_title, self.when)
        return f"{' · '.join(known)}  {self.study.description}".rstrip()


@dataclass(frozen=True)
class PatientRow:
    """A person as the list shows them; ``records`` are those merged with ``patient``, it first."""

    patient: Patient
    title: str
    detail: str
    studies: tuple[StudyRow, ...]
    records: tuple[Patient, ...]


Row = PatientRow | StudyRow


def read_people(session: Session, *, identity_hidden: bool) -> Iterator[PatientRow]:
    """Everybody in the order of the work list."""
    state = session.state
    visits: dict[str, list[Study]] = {}
    for uid in work_list(session):
        study = state.studies[uid]
        visits.setdefault(state.person_of(study.patient_id), []).append(study)
    for number, (patient_id, studies) in enumerate(visits.items(), start=1):
        records = tuple(state.patients[record] for record in state.records_of(patient_id))
        patient = records[0]
        title = (
            translate("Patient {number}").format(number=number)
            if identity_hidden
            else patient.name or patient.id
        )
        identity = "" if identity_hidden else " ".join(f"{item.id} {item.name}" for item in records)
        rows = []
        for visit, study in enumerate(studies, start=1):
            when = _when(study, visit, identity_hidden=identity_hidden)
            search_text = f"{title} {when} {study.description} {identity}".casefold()
            duplicates = state.duplicates_of(study.uid)
            rows.append(StudyRow(study, when, title, search_text, duplicates))
        detail = _patient_detail(title, records, len(rows), identity_hidden=identity_hidden)
        yield PatientRow(patient, title, detail, tuple(rows), records)


def _when(study: Study, number: int, *, identity_hidden: bool) -> str:
    if identity_hidden:
        # Dates of visits tell who it is to those who know the person.
        return translate("Visit {number}").format(number=number)
    return translate("no date") if study.date is None else study.date.isoformat()


def _patient_detail(
    title: str, records: tuple[Patient, ...], visits: int, *, identity_hidden: bool
) -> str:
    number = counted(visits, "visit", "visits")
    ids = " = ".join(record.id for record in records)
    return number if identity_hidden or title == ids else f"{ids} · {number}"


def study_detail(session: Session, row: StudyRow, standing: StudyStanding | None) -> str:
    """The second line of a visit: how it stands, in signs and words."""
    found = session.state.series_of(row.study.uid)
    series = counted(len(found), "series", "series")
    if row.duplicates:
        series += " · " + counted(len(row.duplicates), "duplicate", "duplicates")
    if standing is None:
        return translate("nothing to grade") + f" · {series}"
    progress = standing.progress
    state = f"{STANDING_SIGNS[standing.standing]} {translate(str(standing.standing))}"
    parts = [f"{state} {progress.answered}/{progress.total}"]
    if progress.unsaved:
        waiting = translate("{count} not saved").format(count=progress.unsaved)
        parts.append(f"{UNSAVED_SIGN} {waiting}")
    if standing.is_repeat:
        reading = translate("reading {number}").format(number=progress.reading)
        parts.append(f"{REPEAT_SIGN} {reading}")
    if standing.is_doubtful:
        parts.append(f"{DOUBT_SIGN} {translate('numbering')}")
    if standing.is_flagged:
        words = known_flag_words(session, row.study.uid) or translate("flagged")
        parts.append(f"{FLAG_SIGN} {words}")
    return " · ".join([*parts, series])
