"""Which annotated studies a network learns from: nested subsets, drawn by subject."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from spinegrader.errors import TrainingError
from spinegrader.model.data import MISSING, GradingData, rows_of
from spinegrader.model.labels import LEAST_CLASSES
from spinegrader.model.splits import Part, subjects_in

LEAST_TEST_SUBJECTS = 2

Study: TypeAlias = tuple[str, str]
"""Anonymous tokens of the person and of the study."""


@dataclass(frozen=True)
class CurveData:
    """Discs of one grading, and who is tested.

    Args:
        discs: All discs, with this grading alone.
        grading: Its id.
        split: Part of each subject of the discs.
        test_rows: Graded discs of test subjects, rising.
    """

    discs: GradingData
    grading: str
    split: Mapping[str, Part]
    test_rows: NDArray[np.int64]

    @classmethod
    def of(cls, data: GradingData, split: Mapping[str, Part], grading: str) -> "CurveData":
        """Takes one grading out of the data.

        Raises:
            TrainingError: If it isn't there, studies aren't known, or too few are tested.
        """
        if grading not in data.labels:
            raise TrainingError(f"The data hold no grading “{grading}”: choose another.")
        if not data.studies:
            raise TrainingError("A learning curve counts studies, and the data don't name them.")
        missing = len(set(data.subjects) - set(split))
        if missing:
            raise TrainingError(f"{missing} subjects of the data are in no part: split all first.")
        discs = replace(
            data,
            labels={grading: data.labels[grading]},
            class_values={grading: data.class_values[grading]},
            ordinal={grading: data.ordinal[grading]},
        )
        rows = rows_of(discs.subjects, subjects_in(split, Part.TEST))
        rows = rows[discs.labels[grading][rows] != MISSING]
        tested = len({discs.subjects[row] for row in rows})
        if tested < LEAST_TEST_SUBJECTS:
            raise TrainingError(
                f"A learning curve needs grades of at least {LEAST_TEST_SUBJECTS} test subjects, "
                f"and there are {tested}: grade studies of people who are kept aside."
            )
        return cls(discs, grading, split, rows)

    @property
    def labels(self) -> NDArray[np.int64]:
        """Class indices of all discs."""
        return self.discs.labels[self.grading]

    @property
    def annotated(self) -> tuple[Study, ...]:
        """Studies of training subjects with at least one grade, sorted."""
        train = set(subjects_in(self.split, Part.TRAIN))
        graded = np.flatnonzero(self.labels != MISSING)
        found = {(self.discs.subjects[row], self.discs.studies[row]) for row in graded}
        return tuple(sorted(study for study in found if study[0] in train))

    def order(self, seed: int) -> tuple[Study, ...]:
        """All annotated studies in a drawn order: each subset is the beginning of it.

        Subjects are drawn; the studies of one follow each other, in drawn order too.

        Args:
            seed: Of the order.
        """
        generator = np.random.default_rng(seed)
        by_subject: dict[str, list[Study]] = {}
        for study in self.annotated:
            by_subject.setdefault(study[0], []).append(study)
        order: list[Study] = []
        for subject in generator.permutation(sorted(by_subject)).tolist():
            its = by_subject[subject]
            order += [its[place] for place in generator.permutation(len(its))]
        return tuple(order)

    def rows_in(self, studies: Iterable[Study]) -> NDArray[np.int64]:
        """Graded discs of some studies, rising."""
        wanted = set(studies)
        graded = np.flatnonzero(self.labels != MISSING)
        rows = [
            row
            for row in graded.tolist()
            if (self.discs.subjects[row], self.discs.studies[row]) in wanted
        ]
        return np.array(rows, dtype=np.int64)

    def subset(self, studies: Sequence[Study]) -> GradingData:
        """All discs, where of training subjects only these studies keep their grades."""
        train = rows_of(self.discs.subjects, subjects_in(self.split, Part.TRAIN))
        labels = self.labels.copy()
        labels[train] = MISSING
        chosen = self.rows_in(studies)
        labels[chosen] = self.labels[chosen]
        return replace(self.discs, labels={self.grading: labels})

    def check_sizes(self, sizes: Sequence[int], seeds: Iterable[int]) -> None:
        """Checks that each subset can be drawn and learnt from.

        Raises:
            TrainingError: If not; says how many studies there are.
        """
        there = len(self.annotated)
        if sizes[-1] > there:
            raise TrainingError(
                f"A subset of {sizes[-1]} studies can't be drawn: training subjects have {there} "
                f"studies with grades of “{self.grading}”. Choose smaller sizes."
            )
        for seed in seeds:
            labels = self.labels[self.rows_in(self.order(seed)[: sizes[0]])]
            if len(np.unique(labels)) < LEAST_CLASSES:
                raise TrainingError(
                    f"Nothing can be learnt from the smallest subset: the {sizes[0]} studies "
                    f"drawn for seed {seed} have fewer than {LEAST_CLASSES} different grades. "
                    "Choose larger sizes."
                )
