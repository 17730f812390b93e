"""Whether weights from elsewhere are those of the network that their card describes."""

from pathlib import Path

import torch
from torch import Tensor, nn

from spinegrader.errors import TrainingError
from spinegrader.model.config import PretrainConfig
from spinegrader.model.grader import GradingNetwork
from spinegrader.model.origins import settings_kind
from spinegrader.model.runs import RunCard
from spinegrader.model.siamese import SiameseNetwork
from spinegrader.model.tensors import read_tensors


def check_weights(weights_file: Path, card: RunCard) -> None:
    """Compares names, shapes and types of all tensors; no network is made in memory.

    Args:
        weights_file: Weights as safetensors.
        card: What describes them.

    Raises:
        ValidationError: If the settings of the card can't be read.
        TrainingError: If a tensor is missing, too many or of another shape, or holds what is no
            number; or the weights can't be opened.
    """
    weights = read_tensors(weights_file, card.weights_sha256)
    # On this device tensors have shapes but no content: a card may ask for any size.
    with torch.device("meta"):
        network = _network(card)
    wanted = {name: _kind(tensor) for name, tensor in network.state_dict().items()}
    found = {name: _kind(tensor) for name, tensor in weights.items()}
    if wanted != found:
        raise TrainingError("Its weights are not those of the network that its card describes.")
    if not all(bool(torch.isfinite(tensor).all()) for tensor in weights.values()):
        raise TrainingError("Its weights hold values that are no numbers.")


def _network(card: RunCard) -> nn.Module:
    config = settings_kind(card.kind).model_validate(card.settings)
    if isinstance(config, PretrainConfig):
        return SiameseNetwork(
            config.backbone, unit_embedding=config.unit_embedding, objective=config.objective
        )
    classes = {name: len(its.values) for name, its in card.gradings.items()}
    return GradingNetwork(config.backbone, classes)


def _kind(tensor: Tensor) -> tuple[tuple[int, ...], torch.dtype]:
    return tuple(tensor.shape), tensor.dtype
