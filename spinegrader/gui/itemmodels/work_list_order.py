"""Which rows of the work list are shown, and in which order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from spinegrader.gui.itemmodels.work_list_rows import PatientRow, Row, StudyRow
from spinegrader.services.standing import Standing, StudyStanding
from spinegrader.texts import for_translation

StandingOf = Callable[[StudyRow], StudyStanding | None]


class Scope(StrEnum):
    """Which visits are wanted; the values are what the reader chooses from."""

    ALL = for_translation("All")
    TO_DO = for_translation("To do")
    NEW = for_translation("New")
    DOING = for_translation("Doing")
    DONE = for_translation("Done")
    FLAGGED = for_translation("Flagged")
    SECOND_READER = for_translation("Needs second reader")
    DOUBTFUL = for_translation("Doubtful numbering")
    REPEAT = for_translation("Repeat readings")

    def takes(self, standing: StudyStanding | None) -> bool:
        """Whether a visit is wanted, by how it stands; None where there is nothing to grade."""
        if self is Scope.ALL:
            return True
        if standing is None:
            return False
        marks = {
            Scope.TO_DO: standing.standing is not Standing.DONE,
            Scope.FLAGGED: standing.is_flagged,
            Scope.DOUBTFUL: standing.is_doubtful,
            Scope.REPEAT: standing.is_repeat,
        }
        return marks[self] if self in marks else standing.standing is _STANDINGS[self]


_STANDINGS = {
    Scope.NEW: Standing.NEW,
    Scope.DOING: Standing.DOING,
    Scope.DONE: Standing.DONE,
    Scope.SECOND_READER: Standing.SECOND_READER,
}


class SortBy(StrEnum):
    """The order of the list; any but that by patient lists visits without their headings."""

    PATIENT = for_translation("Patient")
    DATE = for_translation("Date")
    STATE = for_translation("State")
    PROGRESS = for_translation("Progress")
    SUGGESTED = for_translation("Suggested next")
    """What a model would learn most from comes first."""


_WORK_FIRST = (Standing.DOING, Standing.SECOND_READER, Standing.NEW, Standing.DONE)


@dataclass(frozen=True)
class Arrangement:
    """What the reader wants to see.

    Args:
        words: All of them must be found in a visit; folded.
        scope: How far read.
        sort_by: The order.
        is_reversed: Whether the order is turned round.
        kept: The study in front stays when it leaves the scope by being read.
        folded: Persons whose visits are folded away; a search opens them.
        suggested: UIDs of studies in the order in which a model suggests them.
    """

    words: tuple[str, ...] = ()
    scope: Scope = Scope.ALL
    sort_by: SortBy = SortBy.PATIENT
    is_reversed: bool = False
    kept: str = ""
    folded: frozenset[str] = frozenset()
    suggested: tuple[str, ...] = ()

    @property
    def is_grouped(self) -> bool:
        """Whether visits stand under their persons."""
        return self.sort_by is SortBy.PATIENT

    @property
    def asks_standing(self) -> bool:
        """Whether which rows there are, or their order, depends on how visits stand."""
        by_standing = self.sort_by in (SortBy.STATE, SortBy.PROGRESS)
        return by_standing or self.scope is not Scope.ALL

    def is_folded(self, patient_id: str) -> bool:
        """Whether the visits of a person are out of sight."""
        return patient_id in self.folded and not self.words

    def takes(self, row: StudyRow, standing_of: StandingOf) -> bool:
        """Whether a visit is shown, folding aside."""
        if not all(word in row.search_text for word in self.words):
            return False
        if self.scope is Scope.ALL or row.study.uid == self.kept:
            return True
        return self.scope.takes(standing_of(row))

    def rows(self, people: Iterable[PatientRow], standing_of: StandingOf) -> list[Row]:
        """What is shown, from top to bottom."""
        if self.is_grouped:
            return self._grouped(people, standing_of)
        found = [row for person in people for row in person.studies if self.takes(row, standing_of)]
        if self.sort_by is SortBy.DATE:
            return [*self._by_date(found)]
        if self.sort_by is SortBy.SUGGESTED:
            # What isn't suggested follows as it stands in the list.
            places = {uid: at for at, uid in enumerate(self.suggested)}
            return [*sorted(found, key=lambda row: places.get(row.study.uid, len(places)))]
        key: Callable[[StudyStanding | None], tuple[float, ...]]
        key = _by_state if self.sort_by is SortBy.STATE else _by_share
        return [*sorted(found, key=lambda row: key(standing_of(row)), reverse=self.is_reversed)]

    def _grouped(self, people: Iterable[PatientRow], standing_of: StandingOf) -> list[Row]:
        shown: list[Row] = []
        ordered = reversed(list(people)) if self.is_reversed else people
        for person in ordered:
            visits = [row for row in person.studies if self.takes(row, standing_of)]
            if visits:
                shown.append(person)
                if not self.is_folded(person.patient.id):
                    shown += visits
        return shown

    def _by_date(self, rows: list[StudyRow]) -> list[StudyRow]:
        """Oldest first, or newest; those without a date last either way."""
        dated = [row for row in rows if row.study.date is not None]
        without = [row for row in rows if row.study.date is None]
        dated.sort(key=lambda row: str(row.study.date), reverse=self.is_reversed)
        return [*dated, *without]


def _by_state(standing: StudyStanding | None) -> tuple[float, ...]:
    """First whose count is in doubt, then what is begun, what waits, and what is done."""
    if standing is None:
        return 1, len(_WORK_FIRST)
    return not standing.is_doubtful, _WORK_FIRST.index(standing.standing)


def _by_share(standing: StudyStanding | None) -> tuple[float, ...]:
    """The share that is answered; what can't be graded comes behind all."""
    if standing is None:
        return (2.0,)
    return (standing.progress.answered / max(standing.progress.total, 1),)
