"""Two sides' grades of the same discs: reader against model, two readers, a reading repeated.

Only grades count that were given before the other side's were seen; what is left out is counted
and told.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from spinegrader.domain.anatomy import DiscLevel
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
class Compared:
    """What came of pairing two sides' grades.

    Args:
        first: One side: the rows.
        second: The other: the columns.
        gradings: Those with at least one pair, in the order of the scheme.
        left_out: Discs (each grading of one counts) that both sides answered and that don't
            count, by why.
        unknown_runs: Runs that can't tell whom they were trained on; then there are no pairs.
    """

    first: Side
    second: Side
    gradings: tuple[GradingPairs, ...] = ()
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
    unknown_runs: frozenset[str] = frozenset()

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
        for key, history in session.state.grades.glance(study_uid).items():
            if key.reading >= 1 and not history[-1].is_open:
                readings.setdefault(key.reader, set()).add(key.reading)
        runs.update(item.run for item in session.state.predictions.glance(study_uid).values())
        yield at / len(studies)
    return KnownSides(
        {name: tuple(sorted(readings[name])) for name in sorted(readings)},
        tuple(sorted(runs)),
        is_simulated,
    )


def gather_compared(session: Session, first: Side, second: Side) -> Steps[Compared]:
    """Pairs the grades of two sides, study by study.

    Of a reader the last grade counts that was given before a model's or another reader's were
    seen. Studies that the session's reader still reads blinded are left out, so that nothing on
    screen tells of them; people who shaped a model are left out of its figures.
    """
    runs = {side.name for side in (first, second) if side.is_model}
    people, unknown = people_behind(session, runs)
    if unknown:
        return Compared(first, second, unknown_runs=unknown)
    pairs: dict[str, list[Pair]] = {grading.id: [] for grading in session.scheme.gradings}
    left_out: Counter[LeftOut] = Counter()
    subjects, behind = subject_tokens(session), tokens_behind(session)
    studies = [study.uid for study in session.state.visible_studies()]
    for at, study_uid in enumerate(counted_ahead(session, studies)):
        yield at / len(studies)
        told = _told(session, study_uid, first), _told(session, study_uid, second)
        both = [place for place in told[0] if place in told[1] and place[1] in pairs]
        patient_id = session.state.studies[study_uid].patient_id
        if not both:
            continue
        if not _may_see(session, study_uid, first, second):
            left_out[LeftOut.HELD_BACK] += len(both)
        elif not people.isdisjoint(behind[patient_id]):
            left_out[LeftOut.KNOWN_TO_MODEL] += len(both)
        else:
            subject = subjects[patient_id]
            _add(pairs, left_out, study_uid, subject, [(p, told[0][p], told[1][p]) for p in both])
    known = {grading.id: grading for grading in session.scheme.gradings}
    return Compared(
        first,
        second,
        tuple(GradingPairs(known[name], tuple(found)) for name, found in pairs.items() if found),
        dict(left_out),
    )


def _add(
    pairs: dict[str, list[Pair]],
    left_out: Counter[LeftOut],
    study_uid: str,
    subject: str,
    both: Iterable[tuple[_Place, int | LeftOut, int | LeftOut]],
) -> None:
    for (disc, grading), one, other in both:
        missing = [answer for answer in (one, other) if isinstance(answer, LeftOut)]
        if LeftOut.OTHERS_SEEN in missing:
            left_out[LeftOut.OTHERS_SEEN] += 1
        elif missing:
            left_out[LeftOut.NO_GRADE] += 1
        elif isinstance(one, int) and isinstance(other, int):
            pairs[grading].append(Pair(study_uid, disc, subject, one, other))


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
