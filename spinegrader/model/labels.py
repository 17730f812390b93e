"""Which grades can be learnt from, and how they count."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinegrader.errors import TrainingError
from spinegrader.model.data import MISSING, GradingData, rows_of
from spinegrader.model.events import MessageEvent, message
from spinegrader.model.splits import Part, subjects_in
from spinegrader.texts import for_translation

LEAST_GRADED_SUBJECTS = 3
LEAST_CLASSES = 2


@dataclass(frozen=True)
class GradedParts:
    """The discs that have a grade worth learning, by part.

    Args:
        gradings: Ids that are learnt.
        rows: Row numbers by part.
        notices: What was left out.
    """

    gradings: tuple[str, ...]
    rows: Mapping[Part, NDArray[np.int64]]
    notices: tuple[MessageEvent, ...]


def graded_parts(
    data: GradingData, split: Mapping[str, Part], wanted: tuple[str, ...]
) -> GradedParts:
    """Chooses gradings and discs.

    Args:
        data: Discs with grades.
        split: Part of each subject.
        wanted: Ids to learn; empty for all that the data hold.

    Raises:
        TrainingError: If a grading isn't in the data, or grades are too few; says how many
            there are and how many are needed.
    """
    unknown = [name for name in wanted if name not in data.labels]
    if unknown:
        raise TrainingError(f"The data hold no grading “{unknown[0]}”: choose another.")
    asked = wanted or tuple(data.labels)
    _check_subjects(data, asked)
    train = rows_of(data.subjects, subjects_in(split, Part.TRAIN))
    gradings: list[str] = []
    notices: list[MessageEvent] = []
    for name in asked:
        known = data.labels[name][train]
        classes = len(np.unique(known[known != MISSING]))
        if classes >= LEAST_CLASSES:
            gradings.append(name)
        else:
            notices.append(
                message(
                    for_translation(
                        "“{grading}” isn't learnt: training subjects have {count} of its classes, "
                        "and at least {needed} are needed."
                    ),
                    grading=name,
                    count=classes,
                    needed=LEAST_CLASSES,
                )
            )
    if not gradings:
        raise TrainingError(
            f"Nothing can be learnt yet: no grading has grades of at least {LEAST_CLASSES} "
            "different classes among the training subjects. Grade more discs."
        )
    rows = _graded_rows(data, split, gradings)
    return GradedParts(tuple(gradings), rows, (*notices, *_missing_parts(rows)))


def _check_subjects(data: GradingData, asked: tuple[str, ...]) -> None:
    graded = np.any([data.labels[name] != MISSING for name in asked], axis=0)
    subjects = {data.subjects[row] for row in np.flatnonzero(graded)}
    if len(subjects) < LEAST_GRADED_SUBJECTS:
        raise TrainingError(
            f"Training needs grades of at least {LEAST_GRADED_SUBJECTS} subjects, to train, "
            f"choose and test with; there are {len(subjects)}: grade the discs of more subjects."
        )


def _graded_rows(
    data: GradingData, split: Mapping[str, Part], gradings: list[str]
) -> dict[Part, NDArray[np.int64]]:
    graded = np.any([data.labels[name] != MISSING for name in gradings], axis=0)
    rows = {part: rows_of(data.subjects, subjects_in(split, part)) for part in Part}
    return {part: its[graded[its]] for part, its in rows.items()}


def _missing_parts(rows: Mapping[Part, NDArray[np.int64]]) -> list[MessageEvent]:
    notices = []
    if not len(rows[Part.VALIDATION]):
        none = for_translation(
            "No validation subject has grades, so the epoch with the lowest training loss is kept."
        )
        notices.append(message(none))
    if not len(rows[Part.TEST]):
        none = for_translation(
            "No test subject has grades, so there is no figure on unseen subjects."
        )
        notices.append(message(none))
    return notices


def without_leak(
    split: Mapping[str, Part], seen: frozenset[str], names: Mapping[str, frozenset[str]]
) -> tuple[dict[str, Part], tuple[str, ...]]:
    """Moves test subjects that a run has already seen to the training part.

    Args:
        split: Part of each subject.
        seen: Subjects that the run to start from was trained or chosen with.
        names: By subject, further names under which a run may have seen it, or a relative.

    Returns:
        The new split, and the subjects that were moved.
    """
    moved = tuple(
        sorted(
            subject
            for subject, part in split.items()
            if part is Part.TEST and not seen.isdisjoint({subject, *names.get(subject, ())})
        )
    )
    return dict(split) | dict.fromkeys(moved, Part.TRAIN), moved
