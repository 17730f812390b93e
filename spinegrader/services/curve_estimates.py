"""How long a learning curve will take on this machine: the sum of its trainings."""

import math
from dataclasses import replace

from spinegrader.services.cutting import StopRequested
from spinegrader.services.cutting_estimates import cutting_seconds
from spinegrader.services.job_estimates import (
    Estimate,
    TrainingPlan,
    estimate_training,
    steps_of,
)
from spinegrader.services.learning_curves import LearningCurvePlan
from spinegrader.services.step_costs import step_cost, training_request
from spinegrader.services.training import FinetunePlan


def estimate_curve(plan: LearningCurvePlan, stop_requested: StopRequested) -> Estimate:
    """Measures some steps of each sort, unless they are known, and reckons the whole.

    Pre-trainings that are done already are counted again: which ones they are is only known to
    the curve itself.

    Args:
        plan: What would be trained.
        stop_requested: Asked all the time.

    Raises:
        TrainingError: If the device is missing, or nothing could be measured.
        CancelledError: If a stop was requested.
    """
    from spinegrader.model.learning_curve_rows import RECIPES

    networks = _estimate_networks(plan, stop_requested)
    config = plan.config
    seconds, memory = networks.seconds, networks.memory_bytes
    for structure, pretraining in plan.paired.items():
        rows = [row for row in config.pretrained_rows if RECIPES[row].structure == structure]
        trainings = len({config.losses_of(row) for row in rows}) * config.seeds
        one = estimate_training(pretraining, stop_requested)
        seconds += trainings * one.seconds
        memory = max(filter(None, (memory, one.memory_bytes)), default=None)
    plans: tuple[TrainingPlan, ...] = (plan.discs, *plan.paired.values())
    for its in plans:
        shape = its.config.volume_shape
        seconds += cutting_seconds(its.store, its.requests, shape, stop_requested)
    return replace(networks, seconds=seconds, memory_bytes=memory)


def _estimate_networks(plan: LearningCurvePlan, stop_requested: StopRequested) -> Estimate:
    """The grading networks that aren't trained yet, as if all layers were trained."""
    from spinegrader.model.learning_curve_cells import cell_keys, done_cells

    config = plan.config
    finetuning = config.finetune.model_copy(
        update={"freeze": "none", "backbone": config.pretrain.backbone}
    )
    discs = replace(plan.discs, config=finetuning)
    classes = {name: len(values) for name, values in discs.class_values.items()}
    cost = step_cost(training_request(finetuning, classes), stop_requested)
    _, looks = steps_of(discs)
    keys = cell_keys(config)
    done = set(done_cells(plan.folder, keys))
    seconds = 0.0
    for key in keys:
        if key in done:
            continue
        an_epoch = math.ceil(key.size * _discs_a_study(discs) / finetuning.batch_size)
        epochs = max(finetuning.epochs, math.ceil(config.least_steps / an_epoch))
        seconds += cost.seconds_of(an_epoch, looks, epochs)
    return Estimate(seconds, cost.memory_bytes, cost.is_gpu)


def _discs_a_study(plan: FinetunePlan) -> float:
    return len(plan.requests) / max(1, len({request.study_uid for request in plan.requests}))
