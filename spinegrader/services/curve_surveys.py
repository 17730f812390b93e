"""Which learning curves a project has, and what a new one would train, in words."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spinegrader.errors import SpineGraderError, TrainingError
from spinegrader.services.learning_curves import (
    CURVES_FOLDER,
    CurveChoices,
    LearningCurvePlan,
    learning_curve_plan,
    resumed_plan,
)
from spinegrader.services.session import Session
from spinegrader.services.surveys import Survey, survey_finetuning
from spinegrader.services.training import FinetunePlan, grading_data
from spinegrader.services.wording import counted
from spinegrader.texts import translate, translate_count

if TYPE_CHECKING:
    from spinegrader.model.learning_curve_card import CurveCard
    from spinegrader.model.learning_curve_subsets import CurveData

CURVE_TEXT = "curve.md"
CURVE_PICTURE = "curve.png"


@dataclass(frozen=True)
class BegunCurve:
    """A learning curve of the project, finished or not.

    Args:
        folder: Holds it.
        card: What it is made of.
        done: Networks that are trained.
        total: Networks in all.
    """

    folder: Path
    card: "CurveCard"
    done: int
    total: int

    @property
    def is_unfinished(self) -> bool:
        """Whether it can be gone on with."""
        return self.done < self.total

    @property
    def has_result(self) -> bool:
        """Whether there is a table to be shown."""
        return (self.folder / CURVE_TEXT).is_file()


def begun_curves(session: Session) -> list[BegunCurve]:
    """The project's learning curves, newest first; folders without a readable card are left out."""
    from spinegrader.model.learning_curve_card import read_curve_card
    from spinegrader.model.learning_curve_cells import cell_keys, done_cells

    found = []
    for folder in (session.store.folder / CURVES_FOLDER).glob("*"):
        try:
            card = read_curve_card(folder)
            keys = cell_keys(card.config)
            found.append(BegunCurve(folder, card, len(done_cells(folder, keys)), len(keys)))
        except TrainingError:
            continue
    return sorted(found, key=lambda curve: curve.card.started_at, reverse=True)


def curve_plan(
    session: Session, choices: CurveChoices, resumed: str | None = None
) -> LearningCurvePlan:
    """Takes a new learning curve out of the session, or what a begun one needs.

    Args:
        session: The open project.
        choices: Of a new curve; of a begun one only the device counts.
        resumed: Name of the curve to go on with; None for a new one.

    Raises:
        TrainingError: If there is too little to learn from, or a setting is wrong.
        InputError: If there is no such grading, preset or curve.
    """
    if resumed is None:
        return learning_curve_plan(session, choices)
    return resumed_plan(session, resumed, choices.device)


def _too_few_tested(plan: LearningCurvePlan) -> str:
    from spinegrader.model import learning_curve_subsets
    from spinegrader.model.splits import Part

    needed, discs = learning_curve_subsets.LEAST_TEST_SUBJECTS, plan.discs
    tested = {
        request.subject
        for request, value in zip(discs.requests, discs.labels[plan.config.grading], strict=True)
        if value is not None and discs.split[request.subject] is Part.TEST
    }
    if len(tested) >= needed:
        return ""
    return translate_count(
        "A learning curve needs graded discs of at least {needed} people who are kept aside for "
        "tests; there is {count}. Grade studies of more people.",
        "A learning curve needs graded discs of at least {needed} people who are kept aside for "
        "tests; there are {count}. Grade studies of more people.",
        len(tested),
    ).format(needed=needed, count=len(tested))


def _check_subsets(session: Session, plan: LearningCurvePlan) -> None:
    """Refuses what the curve itself would refuse once all volumes are cut.

    Raises:
        TrainingError: If too few people are tested, or subsets of these sizes can't be drawn.
    """
    grading = plan.config.grading
    graded = session.memory.recall(
        ("subsets of a learning curve", grading, session.reader),
        lambda: _subsets(plan.discs, grading),
    )
    graded.check_sizes(plan.config.sizes, range(plan.config.seeds))


def _subsets(discs: FinetunePlan, grading: str) -> "CurveData":
    from spinegrader.model.learning_curve_subsets import CurveData

    # The numbers in them aren't looked at.
    volumes = np.broadcast_to(np.float32(0), (len(discs.requests), 1, 1, 1))
    data = grading_data(discs, volumes, range(len(discs.requests)))
    return CurveData.of(data, discs.split, grading)


def survey_curve(session: Session, choices: CurveChoices, resumed: str | None = None) -> Survey:
    """What a learning curve would train, and why it can't where it can't.

    Args:
        session: The open project.
        choices: Of a new curve.
        resumed: Name of the curve to go on with; None for a new one.
    """
    if resumed is None and not choices.grading:
        # None can be learnt: that says why.
        return Survey((), survey_finetuning(session).problem)
    try:
        plan = curve_plan(session, choices, resumed)
        if few := _too_few_tested(plan):
            return Survey(_findings(plan), few)
        _check_subsets(session, plan)
    except SpineGraderError as error:
        return Survey((), error.message)
    return Survey(_findings(plan))


def _findings(plan: LearningCurvePlan) -> tuple[str, ...]:
    from spinegrader.model.learning_curve_cells import cell_keys, done_cells
    from spinegrader.model.splits import Part

    config, discs = plan.config, plan.discs
    graded = [
        (request, value)
        for request, value in zip(discs.requests, discs.labels[config.grading], strict=True)
        if value is not None
    ]
    by_part = {
        part: {request.subject for request, _ in graded if discs.split[request.subject] is part}
        for part in Part
    }
    studies = {
        request.study_uid for request, _ in graded if discs.split[request.subject] is Part.TRAIN
    }
    keys = cell_keys(config)
    done = len(done_cells(plan.folder, keys))
    starts = {config.losses_of(row) for row in config.pretrained_rows}
    found = [
        translate("{grading}: {studies} of {people} to train on.").format(
            grading=plan.grading_name,
            studies=counted(len(studies), "annotated study", "annotated studies"),
            people=counted(len(by_part[Part.TRAIN]), "person", "people"),
        ),
        translate("Kept aside: {validation} to choose by, {test} to test on.").format(
            validation=counted(len(by_part[Part.VALIDATION]), "person", "people"),
            test=counted(len(by_part[Part.TEST]), "person", "people"),
        ),
        translate("{networks} with {sizes} annotated studies; {starts}.").format(
            networks=counted(len(keys), "network", "networks"),
            sizes=", ".join(map(str, config.sizes)),
            starts=counted(len(starts) * config.seeds, "pre-training", "pre-trainings"),
        ),
    ]
    if done:
        found.append(translate("{done} of them are trained already.").format(done=done))
    return tuple(found)
