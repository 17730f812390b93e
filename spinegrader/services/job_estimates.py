"""How long a job will take on this machine, and how much memory: from a few real steps."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np

from spinegrader.errors import SpineGraderError
from spinegrader.imaging.detection.drawn import drawn_slices
from spinegrader.services.cutting import StopRequested
from spinegrader.services.cutting_estimates import cutting_seconds
from spinegrader.services.detector_material import SPACING_MM
from spinegrader.services.detector_requests import DetectorRequest
from spinegrader.services.detector_training import RetrainingPlan
from spinegrader.services.predicting import PredictPlan
from spinegrader.services.runs import settings_of
from spinegrader.services.step_costs import step_cost, training_request, use_request
from spinegrader.services.training import FinetunePlan, PretrainPlan, pretrain_data
from spinegrader.services.wording import duration_text
from spinegrader.texts import translate

TrainingPlan: TypeAlias = PretrainPlan | FinetunePlan
"""Trainings on cut volumes."""

JobPlan: TypeAlias = TrainingPlan | PredictPlan | RetrainingPlan
"""What time and memory are told of."""

_START_S = 2.0
"""Before the first step: the library is loaded, weights are drawn or read."""

_GIB = 1e9
_LABELS_SHARE = 1.5
"""Of a look at a slice: reading it, and telling what is known of its pixels."""

_DETECTORS = 2
"""Are compared at the end: the one in use and the new one."""


@dataclass(frozen=True)
class Estimate:
    """What a job is expected to take.

    Args:
        seconds: In all, with the cutting of volumes that aren't cut yet.
        memory_bytes: The most that it will hold; None where the system doesn't tell.
        is_gpu: Whether the memory is a GPU's.
    """

    seconds: float
    memory_bytes: int | None
    is_gpu: bool

    def sentence(self) -> str:
        """Time and memory in plain words."""
        about = duration_text(_round(self.seconds))
        time = translate("About {time} on this computer").format(time=about)
        if self.memory_bytes is None:
            return f"{time}."
        memory = (
            translate("{amount:.1f} GB of the GPU's memory")
            if self.is_gpu
            else translate("{amount:.1f} GB of memory")
        )
        amount = max(0.1, self.memory_bytes / _GIB)
        return f"{time}, {memory.format(amount=amount)}."


Measurement: TypeAlias = Callable[[StopRequested], Estimate]
"""Tells time and memory; is given what says whether nobody wants to know any more."""


def _round(seconds: float) -> float:
    """No more digits than such an estimate has."""
    step = 10 if seconds < 90 else 60
    return max(step, step * round(seconds / step))


def measurement_of(make_plan: Callable[[], JobPlan]) -> Measurement | None:
    """What tells time and memory of a job, on any thread; None where it can't start.

    Args:
        make_plan: Takes what the job needs out of the session; called at once.
    """
    try:
        plan = make_plan()
    except SpineGraderError:
        return None
    return partial(estimate, plan)


def estimate(plan: JobPlan, stop_requested: StopRequested) -> Estimate:
    """Measures some steps, unless they are known, and reckons the whole; takes seconds.

    Args:
        plan: What would be done.
        stop_requested: Asked all the time.

    Raises:
        TrainingError: If the device is missing, or nothing could be measured.
        CancelledError: If a stop was requested.
    """
    if isinstance(plan, PredictPlan):
        return _estimate_prediction(plan, stop_requested)
    if isinstance(plan, RetrainingPlan):
        return _estimate_retraining(plan, stop_requested)
    found = estimate_training(plan, stop_requested)
    cutting_s = cutting_seconds(plan.store, plan.requests, plan.config.volume_shape, stop_requested)
    return Estimate(found.seconds + cutting_s, found.memory_bytes, found.is_gpu)


# -- trainings on volumes -------------------------------------------------------------------


def estimate_training(plan: TrainingPlan, stop_requested: StopRequested) -> Estimate:
    """As :func:`estimate`, without the cutting."""
    classes = None
    if isinstance(plan, FinetunePlan):
        classes = {name: len(values) for name, values in plan.class_values.items()}
    cost = step_cost(training_request(plan.config, classes), stop_requested)
    steps, looks = steps_of(plan)
    seconds = _START_S + cost.seconds_of(steps, looks, plan.config.epochs)
    return Estimate(seconds, cost.memory_bytes, cost.is_gpu)


def steps_of(plan: TrainingPlan) -> tuple[int, float]:
    """How many steps an epoch has, and how many samples its validation looks at.

    Raises:
        TrainingError: If there is too little to learn from.
    """
    return _pretrain_steps(plan) if isinstance(plan, PretrainPlan) else _finetune_steps(plan)


def _pretrain_steps(plan: PretrainPlan) -> tuple[int, float]:
    from spinegrader.model.pairs import training_pairs
    from spinegrader.model.splits import Part

    # The numbers in them aren't looked at.
    volumes = np.broadcast_to(np.float32(0), (len(plan.requests), 1, 1, 1))
    data = pretrain_data(plan, volumes, plan.requests)
    its = plan.config
    negatives = its.negatives_per_positive if its.objective == "contrastive" else 0
    pairs = training_pairs(data, plan.split, its.pairs).sample(np.random.default_rng(0), negatives)
    held_out = sum(plan.split[subject] is Part.VALIDATION for subject in data.subjects)
    return -(-len(pairs) // its.batch_pairs), held_out / 2


def _finetune_steps(plan: FinetunePlan) -> tuple[int, float]:
    from spinegrader.model.splits import Part

    parts = [plan.split[request.subject] for request in plan.requests]
    return -(-parts.count(Part.TRAIN) // plan.config.batch_size), parts.count(Part.VALIDATION)


# -- predictions ----------------------------------------------------------------------------


def _estimate_prediction(plan: PredictPlan, stop_requested: StopRequested) -> Estimate:
    from spinegrader.model.config import FinetuneConfig

    cost = step_cost(use_request(plan.model), stop_requested)
    shape = settings_of(plan.model.card, FinetuneConfig).volume_shape
    cutting_s = cutting_seconds(plan.store, plan.requests, shape, stop_requested)
    seconds = _START_S + cutting_s + len(plan.requests) * cost.look_s
    return Estimate(seconds, cost.memory_bytes, cost.is_gpu)


# -- the detector ---------------------------------------------------------------------------


def _estimate_retraining(plan: RetrainingPlan, stop_requested: StopRequested) -> Estimate:
    from spinegrader.model.splits import Part

    config = plan.config.model_copy(update={"network": plan.shipped.network})
    cost = step_cost(training_request(config), stop_requested)
    slices = dict.fromkeys(Part, 0)
    held_bytes, whole_slices = 0, 0
    for request in plan.requests:
        count = _taught_slices(request)
        part = plan.split[request.subject]
        slices[part] += count
        held_bytes += count * _slice_bytes(request)
        whole_slices += 0 if part is Part.TRAIN else request.series.slice_count
    looks = (
        sum(slices.values()) * (1 + _LABELS_SHARE) + slices[Part.TEST] + _DETECTORS * whole_slices
    )
    seconds = _START_S + looks * cost.look_s
    seconds += cost.seconds_of(config.batches_per_epoch, slices[Part.VALIDATION], config.epochs)
    memory = cost.memory_bytes
    if memory is not None and not cost.is_gpu:
        memory += held_bytes
    return Estimate(seconds, memory, cost.is_gpu)


def _taught_slices(request: DetectorRequest) -> int:
    return len(drawn_slices(request.overlay, request.series.geometry))


def _slice_bytes(request: DetectorRequest) -> int:
    """Of a slice as the training holds it: brightness and what is drawn, a byte each a pixel."""
    geometry = request.series.geometry
    _, rows, columns = geometry.shape
    column_mm, row_mm, _ = geometry.spacing_mm
    return round(2 * rows * row_mm * columns * column_mm / SPACING_MM**2)
