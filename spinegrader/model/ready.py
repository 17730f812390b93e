"""Networks of trained runs, ready for use."""

import torch
from torch import nn

from spinegrader.errors import TrainingError
from spinegrader.model.config import FinetuneConfig
from spinegrader.model.devices import place
from spinegrader.model.grader import GradingNetwork
from spinegrader.model.origins import TrainedRun


def grading_network(run: TrainedRun, device: torch.device) -> GradingNetwork:
    """The network of a fine-tuning run, on its device and in use, not in training.

    Raises:
        TrainingError: If it is another sort of run, or its weights don't fit its card.
    """
    if not isinstance(run.config, FinetuneConfig):
        raise TrainingError(f"The run “{run.card.name}” can't grade: choose a fine-tuned one.")
    classes = {name: len(its.values) for name, its in run.card.gradings.items()}
    network = GradingNetwork(run.config.backbone, classes)
    ready(network, run, device)
    return network


def ready(network: nn.Module, run: TrainedRun, device: torch.device) -> None:
    """Gives a network the weights of a run, for use.

    Raises:
        TrainingError: If they don't fit what the card says.
    """
    try:
        network.load_state_dict(run.weights)
    except RuntimeError as error:
        raise TrainingError(
            f"The weights of the run “{run.card.name}” don't fit its card: choose another run."
        ) from error
    place(network, device)
    network.eval()
