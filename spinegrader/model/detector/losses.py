"""How far the network's maps are from what they should be."""

import torch
from torch import Tensor
from torch.nn import functional

from spinegrader.model.detector.data import UNKNOWN
from spinegrader.model.detector.network import MASKS, Maps
from spinegrader.model.detector.targets import Targets

_BETA = 0.05
_WEIGHTS = {"masks": 1.0, "overlap": 0.5, "centre": 1.0, "corners": 4.0, "levels": 0.35}


def detector_losses(maps: Maps, targets: Targets) -> dict[str, Tensor]:
    """The parts of the loss, weighted: their sum is minimised.

    ``masks`` is the cross-entropy of each tissue and ``overlap`` its soft Dice loss (Milletari et
    al., 3DV 2016); ``centre`` the focal loss of Law and Deng (CornerNet, ECCV 2018) in the form
    of Zhou et al. (Objects as Points, 2019); ``corners`` a smooth L1 and ``levels`` the
    cross-entropy, both over the cells within bodies.
    """
    known = (targets.masks != UNKNOWN)[:, None]
    wanted = torch.stack([targets.masks == tissue for tissue in range(1, MASKS + 1)], dim=1).float()
    terms = functional.binary_cross_entropy_with_logits(maps.masks, wanted, reduction="none")
    losses = {
        "masks": (terms * known).sum() / (known.sum() * MASKS).clamp(min=1) * 4,
        "overlap": _overlap_loss(maps.masks, wanted, known),
        "centre": _centre_loss(maps.centre[:, 0], targets.centre, targets.centre_known),
        "corners": _corner_loss(maps.corners, targets.corners),
        "levels": _level_loss(maps.levels, targets.levels),
    }
    return {name: _WEIGHTS[name] * value for name, value in losses.items()}


def _overlap_loss(logits: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    found = torch.sigmoid(logits) * known
    wanted = wanted * known
    both = (found * wanted).sum(dim=(0, 2, 3))
    either = found.sum(dim=(0, 2, 3)) + wanted.sum(dim=(0, 2, 3))
    return (1 - (2 * both + 1) / (either + 1)).mean()


def _centre_loss(logits: Tensor, wanted: Tensor, known: Tensor) -> Tensor:
    found = torch.sigmoid(logits)
    on = wanted > 0.9
    hit = -((1 - found) ** 2) * functional.logsigmoid(logits) * on
    miss = -((1 - wanted) ** 4) * found**2 * functional.logsigmoid(-logits) * ~on
    return ((hit + miss) * known).sum() / (on & known).sum().clamp(min=1)


def _corner_loss(found: Tensor, wanted: Tensor) -> Tensor:
    there = torch.isfinite(wanted)
    terms = functional.smooth_l1_loss(
        found, torch.where(there, wanted, found.detach()), beta=_BETA, reduction="none"
    )
    return terms.sum() / there.sum().clamp(min=1)


def _level_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    terms = functional.cross_entropy(logits, wanted.clamp(min=0), reduction="none")
    inside = wanted >= 0
    return (terms * inside).sum() / inside.sum().clamp(min=1)
