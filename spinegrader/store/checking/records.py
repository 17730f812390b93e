"""What a project holds, looked at as a whole: chains of revisions, references, the scheme."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise

from spinegrader.domain.edits import SetGrade, single_edits
from spinegrader.domain.grades import Grade, GradeKey, ReadingMode, has_its_reading
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.scheme import SCHEME_SETTING, Grading, Scheme
from spinegrader.domain.state import ProjectState
from spinegrader.errors import InputError
from spinegrader.store.checking.journals import CheckedJournal
from spinegrader.store.checking.problems import Problem, ProblemKind
from spinegrader.store.checking.untold import grade_in_words, key_in_words

_TABLES = "project.h5"
_CLOCK_SLACK = timedelta(minutes=5)
"""How far a clock may be put back in the middle of a session without being told of."""


def check_records(
    state: ProjectState, journals: Iterable[CheckedJournal], default: Scheme | None
) -> Iterator[Problem]:
    """Problems of what the project holds.

    Args:
        state: All that journals and snapshots tell.
        journals: That tell it.
        default: The scheme of a project that has none; None for not looking at values then.
    """
    scheme, problems = _scheme(state, default)
    yield from problems
    gradings = {} if scheme is None else {item.id: item for item in scheme.gradings}
    told = _Tellers(journals)
    for key, history in state.grades.items():
        yield from _chain_problems(key, history, told)
        for grade in history:
            yield from _grade_problems(state, grade, told.file_of(grade))
            if scheme is not None:
                yield from _value_problems(grade, gradings, told.file_of(grade))
    for prediction in state.predictions.values():
        yield from _prediction_problems(state, prediction, gradings if scheme else None)
    yield from _reference_problems(state)


class _Tellers:
    """Which journals tell each revision."""

    def __init__(self, journals: Iterable[CheckedJournal]) -> None:
        self._told: dict[tuple[GradeKey, int], list[tuple[CheckedJournal, Grade]]]
        self._told = defaultdict(list)
        for journal in journals:
            for entry in journal.entries:
                for edit in single_edits(entry.edit):
                    if isinstance(edit, SetGrade):
                        place = (edit.after.key, edit.after.revision)
                        self._told[place].append((journal, edit.after))

    def sessions_of(self, grade: Grade) -> set[str]:
        return {
            journal.session
            for journal, told in self._told.get((grade.key, grade.revision), ())
            if told == grade
        }

    def file_of(self, grade: Grade) -> str:
        for journal, told in self._told.get((grade.key, grade.revision), ()):
            if told == grade:
                return f"journal/{journal.path.name}"
        return _TABLES


def _scheme(state: ProjectState, default: Scheme | None) -> tuple[Scheme | None, list[Problem]]:
    kept = state.setting(SCHEME_SETTING)
    if kept is None:
        return default, []
    try:
        return Scheme.from_mapping(json.loads(kept)), []
    except (InputError, ValueError, TypeError):
        sentence = "The project's grading scheme can't be understood: no value was compared to it."
        return None, [Problem(ProblemKind.SCHEME_DAMAGED, _TABLES, sentence)]


def _chain_problems(key: GradeKey, history: tuple[Grade, ...], told: _Tellers) -> Iterator[Problem]:
    there = {grade.revision for grade in history}
    for revision in sorted(set(range(1, max(there) + 1)) - there):
        yield Problem(
            ProblemKind.REVISION_MISSING,
            _TABLES,
            f"Revision {revision} is missing ({key_in_words(key)}); later answers are there.",
        )
    for earlier, later in pairwise(history):
        if not told.sessions_of(earlier) & told.sessions_of(later):
            # Clocks of two computers may differ: there only the numbers tell the order. And two
            # sessions that didn't see each other may have given a revision the same number.
            continue
        if earlier.revision == later.revision:
            yield Problem(
                ProblemKind.REVISION_TWICE,
                told.file_of(later),
                f"One session gave two answers the same number ({grade_in_words(later)}).",
            )
        elif later.graded_at < earlier.graded_at - _CLOCK_SLACK:
            yield Problem(
                ProblemKind.GRADE_TIME,
                told.file_of(later),
                f"An answer was given before the one that it replaces ({grade_in_words(later)}).",
            )


def _grade_problems(state: ProjectState, grade: Grade, file: str) -> Iterator[Problem]:
    words = grade_in_words(grade)
    if grade.revision > 1 and not grade.reason:
        sentence = f"An answer that replaces another has no reason ({words})."
        yield Problem(ProblemKind.GRADE_RULE, file, sentence)
    if grade.mode is ReadingMode.BLINDED and grade.prediction_visible:
        sentence = f"A blinded reading was given beside a model's grade ({words})."
        yield Problem(ProblemKind.GRADE_RULE, file, sentence)
    if not has_its_reading(grade):
        sentence = f"An adjudicated answer stands in a reading, or another beside ({words})."
        yield Problem(ProblemKind.GRADE_RULE, file, sentence)
    if grade.key.study_uid not in state.studies:
        sentence = f"A grade is of a study that the project doesn't hold ({words})."
        yield Problem(ProblemKind.REFERENCE_MISSING, file, sentence)
    if grade.accepted_prediction:
        accepted = state.predictions.get(grade.accepted_prediction)
        if accepted is None:
            sentence = f"A grade accepts a prediction that the project doesn't hold ({words})."
            yield Problem(ProblemKind.REFERENCE_MISSING, file, sentence)
        elif _place(accepted) != _place_of_grade(grade):
            sentence = f"A grade accepts a prediction that says something else ({words})."
            yield Problem(ProblemKind.GRADE_RULE, file, sentence)


def _place(prediction: Prediction) -> tuple[object, ...]:
    return prediction.study_uid, prediction.disc, prediction.grading, prediction.value


def _place_of_grade(grade: Grade) -> tuple[object, ...]:
    return grade.key.study_uid, grade.key.disc, grade.key.grading, grade.value


def _value_problems(grade: Grade, gradings: Mapping[str, Grading], file: str) -> Iterator[Problem]:
    grading = gradings.get(grade.key.grading)
    if grading is None:
        sentence = f"The scheme has no such grading ({grade_in_words(grade)})."
    elif grade.value is not None and grade.value not in grading.values:
        sentence = f"The scheme has no grade {grade.value} here ({grade_in_words(grade)})."
    else:
        return
    yield Problem(ProblemKind.VALUE_UNKNOWN, file, sentence)


def _prediction_problems(
    state: ProjectState, prediction: Prediction, gradings: Mapping[str, Grading] | None
) -> Iterator[Problem]:
    series = state.series.get(prediction.series_uid)
    if prediction.study_uid not in state.studies:
        sentence = f"Prediction {prediction.id} is of a study that the project doesn't hold."
        yield Problem(ProblemKind.REFERENCE_MISSING, _TABLES, sentence)
    elif series is None or series.study_uid != prediction.study_uid:
        sentence = f"Prediction {prediction.id} is of a series that its study doesn't have."
        yield Problem(ProblemKind.REFERENCE_MISSING, _TABLES, sentence)
    if gradings is None:
        return
    grading = gradings.get(prediction.grading)
    if grading is None or not set(prediction.values) <= set(grading.values):
        sentence = f"Prediction {prediction.id} gives grades that the scheme doesn't have."
        yield Problem(ProblemKind.VALUE_UNKNOWN, _TABLES, sentence)


def _reference_problems(state: ProjectState) -> Iterator[Problem]:
    missing = [
        *(
            f"Study {study.uid} is of a patient that the project doesn't hold."
            for study in state.studies.values()
            if study.patient_id not in state.patients
        ),
        *(
            f"Series {series.uid} is of a study that the project doesn't hold."
            for series in state.series.values()
            if series.study_uid not in state.studies
        ),
        *(
            f"Vertebrae are drawn on series {uid}, which the project doesn't hold."
            for uid in state.overlays
            if uid not in state.series
        ),
        *(
            f"{what} study {uid}, which the project doesn't hold."
            for what, uid in _of_studies(state)
            if uid not in state.studies
        ),
        *_link_problems(state),
    ]
    for sentence in missing:
        yield Problem(ProblemKind.REFERENCE_MISSING, _TABLES, sentence)


def _of_studies(state: ProjectState) -> Iterator[tuple[str, str]]:
    """What is told of readings, and of which study."""
    yield from (("A flag is on", uid) for uid in state.flags)
    yield from (("A reading is asked of", uid) for uid, _ in state.readings)
    yield from (("The end of blinding is noted of", key.study_uid) for key in state.sights)


def _link_problems(state: ProjectState) -> Iterator[str]:
    for patient_id, (_, target) in state.links.patients.items():
        if not {patient_id, target} - {None} <= state.patients.keys():
            # No id: it may be a name.
            yield "A patient record is linked with one that the project doesn't hold."
    for uid, (_, target) in state.links.studies.items():
        if not {uid, target} - {None} <= state.studies.keys():
            yield f"Study {uid} is linked with one that the project doesn't hold."
