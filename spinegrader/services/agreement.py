"""Two sides' grades of the same discs: reader against model, two readers, a reading repeated.

Only grades count that were given before the other side's were seen; what is left out is counted
and told.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.scheme import Scheme
from spinegrader.services.graded_pairs import GradingPairs, Pair
from spinegrader.services.labels import last_blinded
from spinegrader.services.left_out import LeftOut, left_out_words
from spinegrader.services.material import subject_tokens, tokens_behind
from spinegrader.services.progress import Progress, counted_ahead, study_progress
from spinegrader.services.review import people_behind
from spinegrader.services.session import Session
from spinegrader.services.sight import may_look
from spinegrader.services.steps import Steps
from spinegrader.texts import translate

_Place: TypeAlias = tuple[DiscLevel, str]


@dataclass(frozen=True, order=True)
class Side:
    """Whose grades: a reader's of one reading, or a model's.

    Args:
        name: Of the reader, or of the run that trained the model.
        reading: 1 for the first reading, 2 and on for repeated ones; of a model always 1.
        is_model: Whether it is a model.
    """

    name: str
    reading: int = 1
    is_model: bool = False


@dataclass(frozen=True)
class StudyPairs:
    """What comes of one study.

    Args:
        pairs: The discs that both sides graded, by grading.
        left_out: Discs (each grading of one counts) that both sides answered and that don't
            count, by why.
    """

    pairs: Mapping[str, Sequence[Pair]] = field(default_factory=dict)
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """What came of pairing two sides' grades.

    Args:
        first: One side: the rows.
        second: The other: the columns.
        scheme: The gradings.
        by_study: What comes of each study.
        unknown_runs: Runs that can't tell whom they were trained on; then there are no pairs.
    """

    first: Side
    second: Side
    scheme: Scheme
    by_study: Mapping[str, StudyPairs] = field(default_factory=dict)
    unknown_runs: frozenset[str] = frozenset()

    @cached_property
    def gradings(self) -> tuple[GradingPairs, ...]:
        """Those with at least one pair, in the order of the scheme."""
        found: dict[str, list[Pair]] = {}
        for study in self.by_study.values():
            for grading, pairs in study.pairs.items():
                found.setdefault(grading, []).extend(pairs)
        return tuple(
            GradingPairs(grading, tuple(found[grading.id]))
            for grading in self.scheme.gradings
            if grading.id in found
        )

    @cached_property
    def left_out(self) -> Mapping[LeftOut, int]:
        """Discs (each grading of one counts) that don't count, by why."""
        found: Counter[LeftOut] = Counter()
        for study in self.by_study.values():
            found.update(study.left_out)
        return dict(found)

    @property
    def left_out_words(self) -> str:
        """What doesn't count and why, in a sentence; empty where all counts."""
        if self.unknown_runs:
            return translate(
                "The run of this model is no longer there, so that nobody can tell whom it was "
                "trained on: predict anew to compare."
            )
        return left_out_words(self.left_out)


@dataclass(frozen=True)
class KnownSides:
    """Who has graded something.

    Args:
        readings: Readers with the readings that they have given answers in.
        runs: Names of the runs whose models have graded.
        is_simulated: Whether simulated people are among them: every figure must then say so.
    """

    readings: Mapping[str, tuple[int, ...]]
    runs: tuple[str, ...]
    is_simulated: bool = False

    @property
    def repeated(self) -> tuple[str, ...]:
        """Readers with at least two readings."""
        return tuple(name for name, readings in self.readings.items() if len(readings) > 1)


def gather_sides(session: Session) -> Steps[KnownSides]:
    """Everyone who has graded something, study by study."""
    readings: dict[str, set[int]] = {}
    runs: set[str] = set()
    is_simulated = False
    studies = [study.uid for study in session.state.visible_studies()]
    for at, study_uid in enumerate(studies):
        is_simulated = is_simulated or any(
            "simulated" in series.manufacturer.lower()
            for series in session.state.series.glance(study_uid).values()
        )
        for reader, reading in _readings(session, study_uid):
            readings.setdefault(reader, set()).add(reading)
        runs.update(item.run for item in session.state.predictions.glance(study_uid).values())
        yield at / len(studies)
    return KnownSides(
        {name: tuple(sorted(readings[name])) for name in sorted(readings)},
        tuple(sorted(runs)),
        is_simulated,
    )


def are_known(session: Session, known: KnownSides, studies: Iterable[str]) -> bool:
    """Whether all who have read some studies are among the known ones."""
    return all(
        reading in known.readings.get(reader, ())
        for study_uid in studies
        for reader, reading in _readings(session, study_uid)
    )


def _readings(session: Session, study_uid: str) -> set[tuple[str, int]]:
    return {
        (key.reader, key.reading)
        for key, history in session.state.grades.glance(study_uid).items()
        if key.reading >= 1 and not history[-1].is_open
    }


class Pairing:
    """Pairs the grades of two sides, and keeps who is who meanwhile.

    Of a reader the last grade counts that was given before a model's or another reader's were
    seen. Studies that the session's reader still reads blinded are left out, so that nothing on
    screen tells of them; people who shaped a model are left out of its figures.
    """

    def __init__(self, session: Session, first: Side, second: Side) -> None:
        self._session = session
        self._sides = first, second
        runs = {side.name for side in self._sides if side.is_model}
        self._people, self._unknown = people_behind(session, runs)
        self._subjects, self._behind = subject_tokens(session), tokens_behind(session)

    def gather(self) -> Steps[Compared]:
        """The grades of all studies, study by study."""
        session, by_study = self._session, dict[str, StudyPairs]()
        if not self._unknown:
            studies = [study.uid for study in session.state.visible_studies()]
            for at, study_uid in enumerate(counted_ahead(session, studies)):
                yield at / len(studies)
                by_study[study_uid] = self._of_study(study_uid)
        return Compared(*self._sides, session.scheme, by_study, self._unknown)

    def renewed(self, known: Compared, studies: Iterable[str]) -> Compared:
        """What comes of it where nothing but the answers to some studies has changed."""
        fresh = {uid: self._of_study(uid) for uid in studies if uid in known.by_study}
        return replace(known, by_study={**known.by_study, **fresh})

    def _of_study(self, study_uid: str) -> StudyPairs:
        session = self._session
        gradings = {grading.id for grading in session.scheme.gradings}
        first, second = (_told(session, study_uid, side) for side in self._sides)
        both = [place for place in first if place in second and place[1] in gradings]
        if not both:
            return StudyPairs()
        if not _may_see(session, study_uid, *self._sides):
            return StudyPairs(left_out={LeftOut.HELD_BACK: len(both)})
        patient_id = session.state.studies[study_uid].patient_id
        if not self._people.isdisjoint(self._behind[patient_id]):
            return StudyPairs(left_out={LeftOut.KNOWN_TO_MODEL: len(both)})
        pairs: dict[str, list[Pair]] = {}
        left_out: Counter[LeftOut] = Counter()
        for disc, grading in both:
            one, other = first[disc, grading], second[disc, grading]
            if LeftOut.OTHERS_SEEN in (one, other):
                left_out[LeftOut.OTHERS_SEEN] += 1
            elif isinstance(one, int) and isinstance(other, int):
                pair = Pair(study_uid, disc, self._subjects[patient_id], one, other)
                pairs.setdefault(grading, []).append(pair)
            else:
                left_out[LeftOut.NO_GRADE] += 1
        return StudyPairs(pairs, dict(left_out))


def _told(session: Session, study_uid: str, side: Side) -> dict[_Place, int | LeftOut]:
    """What a side says of a study's discs: a digit, or why there is none that counts."""
    if side.is_model:
        ours = [
            item
            for item in session.state.predictions.glance(study_uid).values()
            if item.run == side.name
        ]
        ours.sort(key=lambda item: item.predicted_at)
        return {(item.disc, item.grading): item.value for item in ours}
    found: dict[_Place, int | LeftOut] = {}
    for key, history in session.state.grades.glance(study_uid).items():
        if (key.reader, key.reading) != (side.name, side.reading) or history[-1].is_open:
            continue
        blinded = last_blinded(history)
        place = (key.disc, key.grading)
        if blinded is None or blinded.is_open:
            found[place] = LeftOut.OTHERS_SEEN
        elif blinded.is_label and blinded.value is not None:
            found[place] = blinded.value
        else:
            found[place] = LeftOut.NO_GRADE
    return found


def _may_see(session: Session, study_uid: str, first: Side, second: Side) -> bool:
    """Whether figures may tell of a study: an open repeat must not be told an earlier reading."""
    if not may_look(session, study_uid):
        return False
    asked = session.state.asked_reading(study_uid, session.reader)
    tells_earlier = any(
        not side.is_model and side.name == session.reader and side.reading != asked
        for side in (first, second)
    )
    return not tells_earlier or study_progress(session, study_uid).state is Progress.DONE
