"""Which patient records look like one person, and which studies like one examination.

Only offered: :mod:`spinegrader.services.identity` merges when somebody says so.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

from spinegrader.domain.links import Kind, RecordPair
from spinegrader.domain.study import Patient, Series, Study
from spinegrader.services.likeness import Likeness, alike_pairs, comparison
from spinegrader.services.same_images import ImageSearch, SeriesMatch
from spinegrader.services.session import Session
from spinegrader.services.wording import series_title
from spinegrader.texts import for_translation, translate, translate_count

Emit = Callable[[object], None]
StopRequested = Callable[[], bool]

_ENOUGH_SLICES = 3
"""So many identical slices don't come about by chance."""


class Strength(StrEnum):
    """How sure it is."""

    CERTAIN = for_translation("certain")
    LIKELY = for_translation("likely")
    POSSIBLE = for_translation("possible")


@dataclass(frozen=True)
class SameStudy:
    """Two studies with the same images.

    Args:
        first: StudyInstanceUID; of the suggestion's first person.
        second: Of the other one.
        matches: Their series that agree.
        is_contained: Whether one of them holds nothing that the other hasn't.
    """

    first: str
    second: str
    matches: tuple[SeriesMatch, ...]
    is_contained: bool

    @property
    def is_identical(self) -> bool:
        """Whether the pixels are the same, and enough of them."""
        equal = sum(match.equal_slices for match in self.matches)
        return equal >= _ENOUGH_SLICES and all(match.is_identical for match in self.matches)


@dataclass(frozen=True)
class Suggestion:
    """Two patient records to merge, or two studies of one person.

    Args:
        first: The patient record that stands for one person.
        second: That of the other; the same where only studies are to be merged.
        studies: Studies that are one examination.
        evidence: Plain sentences that say why, without saying who it is.
        strength: How sure it is.
    """

    first: str
    second: str
    studies: tuple[SameStudy, ...]
    evidence: tuple[str, ...]
    strength: Strength

    @property
    def is_same_study(self) -> bool:
        """Whether a study came in twice; else only the persons look alike."""
        return bool(self.studies)

    @property
    def title(self) -> str:
        """What it is about, in two words."""
        return translate("Same study") if self.studies else translate("Same person")


@dataclass(frozen=True)
class LookProgress:
    """How far the look for equal images is."""

    done: int
    total: int
    step: str = for_translation("Comparing images")


@dataclass(frozen=True)
class SuggestionPlan:
    """All that looking for suggestions needs, taken out of the session.

    Args:
        search: For equal images.
        patients: All records, by PatientID.
        person_of: By PatientID, the record that stands for the person.
        studies: By StudyInstanceUID.
        original_of: By StudyInstanceUID, the study that it gives way to.
        series_of: By StudyInstanceUID.
        apart: Pairs that are known not to be the same.
        of_interest: Only pairs with one of these persons; None for all.
    """

    search: ImageSearch
    patients: Mapping[str, Patient]
    person_of: Mapping[str, str]
    studies: Mapping[str, Study]
    original_of: Mapping[str, str]
    series_of: Mapping[str, tuple[Series, ...]]
    apart: frozenset[RecordPair]
    of_interest: frozenset[str] | None

    def run(self, emit: Emit, stop_requested: StopRequested) -> tuple[Suggestion, ...]:
        """Looks; may run on any thread.

        Returns:
            One suggestion for each pair of persons, or for each pair of studies within one
            person; the surest first.

        Raises:
            CancelledError: If a stop was requested.
        """
        matches = self.search.run(
            lambda done, total: emit(LookProgress(done, total)), stop_requested
        )
        same = self._same_studies(matches)
        people = self._alike_people()
        found = [
            suggestion
            for pair in sorted({*same, *people})
            if (suggestion := self._suggestion(pair, same.get(pair, ()), people.get(pair)))
        ]
        order = list(Strength)
        return tuple(sorted(found, key=lambda item: order.index(item.strength)))

    # -- the same images ------------------------------------------------------------------------

    def _same_studies(
        self, matches: Iterable[SeriesMatch]
    ) -> Mapping[tuple[str, str], list[SameStudy]]:
        """By the two persons, the pairs of studies that show the same."""
        by_pair: dict[tuple[str, str], list[SeriesMatch]] = defaultdict(list)
        for found in matches:
            match = found
            if self._place(match.first) > self._place(match.second):
                match = replace(match, first=found.second, second=found.first)
            by_pair[self._place(match.first)[1], self._place(match.second)[1]].append(match)
        same: dict[tuple[str, str], list[SameStudy]] = defaultdict(list)
        for (one, other), items in by_pair.items():
            if RecordPair.of(Kind.STUDIES, one, other) in self.apart:
                continue
            matched = {uid for item in items for uid in (item.first, item.second)}
            contained = any(
                {item.uid for item in self.series_of[uid]} <= matched
                for uid in (*self._copies[one], *self._copies[other])
                if self.series_of[uid]
            )
            pair = (self._person(one), self._person(other))
            same[pair].append(SameStudy(one, other, tuple(items), contained))
        return same

    def _place(self, series_uid: str) -> tuple[str, str]:
        """Person and study in sight of a series: orders the two sides of a match."""
        study = self.original_of[self._series[series_uid].study_uid]
        return self._person(study), study

    @cached_property
    def _series(self) -> Mapping[str, Series]:
        return {item.uid: item for item in self.search.series}

    @cached_property
    def _copies(self) -> Mapping[str, list[str]]:
        """By the study that is in sight, all that are one with it."""
        found: dict[str, list[str]] = defaultdict(list)
        for uid, original in self.original_of.items():
            found[original].append(uid)
        return found

    def _person(self, study_uid: str) -> str:
        return self.person_of[self.studies[study_uid].patient_id]

    # -- the same person ------------------------------------------------------------------------

    def _alike_people(self) -> Mapping[tuple[str, str], Likeness]:
        """By the two persons, why they look like one; the strongest reason of all records."""
        found: dict[tuple[str, str], Likeness] = {}
        for one, other, why in alike_pairs(self.patients, self.of_interest):
            first, second = sorted((self.person_of[one], self.person_of[other]))
            known = found.get((first, second))
            if first != second and (known is None or (why.is_strong and not known.is_strong)):
                found[first, second] = why
        return found

    # -- both together --------------------------------------------------------------------------

    def _suggestion(
        self, pair: tuple[str, str], same: Iterable[SameStudy], alike: Likeness | None
    ) -> Suggestion | None:
        first, second = pair
        if first != second and frozenset(pair) in self._people_apart:
            return None
        images = list(same)
        studies = tuple(item for item in images if item.is_contained)
        if first == second and not studies:
            return None
        evidence = [self._sentence(item) for item in images]
        if first != second:
            evidence.append(comparison(self.patients[first], self.patients[second]))
        if any(item.is_identical for item in images):
            strength = Strength.CERTAIN
        elif images or (alike is not None and alike.is_strong):
            strength = Strength.LIKELY
        else:
            strength = Strength.POSSIBLE
        return Suggestion(first, second, studies, tuple(evidence), strength)

    @cached_property
    def _people_apart(self) -> frozenset[frozenset[str]]:
        """Persons of whom a record of the one was told apart from a record of the other."""
        return frozenset(
            frozenset(self.person_of.get(record, record) for record in (pair.first, pair.second))
            for pair in self.apart
            if pair.kind is Kind.PATIENTS
        )

    def _sentence(self, same: SameStudy) -> str:
        parts = []
        for match in same.matches:
            title = series_title(self._series[match.first])
            if match.equal_slices:
                words = translate_count(
                    "{series}: {equal} of {count} slice is identical",
                    "{series}: {equal} of {count} slices are identical",
                    match.slices,
                )
                parts.append(
                    words.format(series=title, equal=match.equal_slices, count=match.slices)
                )
            else:
                words = translate(
                    "{series}: same place and nearly the same pixels (correlation "
                    "{correlation:.4f}), as in a copy that was compressed or rescaled"
                )
                parts.append(words.format(series=title, correlation=match.correlation))
        dates = {self.studies[uid].date for uid in (same.first, same.second)}
        if len(dates) > 1:
            parts.append(translate("the study dates differ"))
        text = "; ".join(parts) + "."
        if same.is_contained:
            return text
        further = translate("Each study has images that the other has not: both stay in sight.")
        return f"{text} {further}"


def suggestion_plan(session: Session, new_series: Iterable[str] | None = None) -> SuggestionPlan:
    """Takes what looking for suggestions needs out of the session.

    Args:
        session: The open project.
        new_series: Only what these series (SeriesInstanceUIDs) bring up; None looks at all.
    """
    state = session.state
    new = None if new_series is None else frozenset(new_series)
    original_of = {uid: state.original_of(uid) for uid in state.studies}
    people = None
    if new is not None:
        brought = {state.series[uid].study_uid for uid in new if uid in state.series}
        people = frozenset(state.studies[uid].patient_id for uid in brought)
    return SuggestionPlan(
        search=ImageSearch(session.store, tuple(state.series.values()), original_of, new),
        patients=dict(state.patients),
        person_of={record: state.person_of(record) for record in state.patients},
        studies=dict(state.studies),
        original_of=original_of,
        series_of={uid: tuple(state.series_of(uid)) for uid in state.studies},
        apart=frozenset(pair for pair, (_, apart) in state.links.apart.items() if apart),
        of_interest=people,
    )


def suggestions(
    session: Session,
    new_series: Iterable[str] | None = None,
    emit: Emit = lambda _: None,
    stop_requested: StopRequested = lambda: False,
) -> tuple[Suggestion, ...]:
    """Both steps at once, for callers without a window.

    Raises:
        CancelledError: If a stop was requested.
    """
    return suggestion_plan(session, new_series).run(emit, stop_requested)
