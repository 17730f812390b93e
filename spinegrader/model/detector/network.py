"""The network that sees bodies, discs and canal in one slice."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from spinegrader.model.detector.config import DetectorNetworkConfig
from spinegrader.model.detector.levels import LEVELS

CELL_MM = 2
"""Side of the cells that places and levels are given for; masks have pixels of 1 mm."""

MASKS = 3
_CORNERS = 8
_RARE = -4.6
"""Logit of one in a hundred (Lin et al., Focal Loss, ICCV 2017)."""

CORNER_SCALE_MM = 16.0
"""Corners lie about one such length from the middle of a body: what the network gives is near 1."""


@dataclass(frozen=True)
class Maps:
    """What the network says of a batch of slices (N, 1, rows, columns) with pixels of 1 mm.

    Args:
        masks: Logits of body, disc and canal, shape (N, 3, rows, columns).
        centre: Logits of a body's middle, shape (N, 1, rows / 2, columns / 2).
        corners: From a cell's middle to the corners of its body, (x, y) of the
            anterior-superior, posterior-superior, posterior-inferior and anterior-inferior one,
            in ``CORNER_SCALE_MM``, shape (N, 8, rows / 2, columns / 2).
        levels: Logits of ``LEVELS``, shape (N, 11, rows / 2, columns / 2).
    """

    masks: Tensor
    centre: Tensor
    corners: Tensor
    levels: Tensor


class DetectorNetwork(nn.Module):
    """A U-Net whose first step folds 2 x 2 pixels into channels.

    Args:
        config: Its widths.
    """

    def __init__(self, config: DetectorNetworkConfig) -> None:
        super().__init__()
        widths = config.widths
        self.multiple = CELL_MM * 2 ** (len(widths) - 1)
        """Rows and columns of the input must be multiples of it."""
        self.down = nn.ModuleList(
            [_block(before, width) for before, width in zip((4, *widths[:-1]), widths, strict=True)]
        )
        self.up = nn.ModuleList(
            [
                _block(below + width, width)
                for width, below in zip(widths[-2::-1], widths[:0:-1], strict=True)
            ]
        )
        self.masks = nn.Conv2d(widths[0], 4 * MASKS, 1)
        self.places = nn.Conv2d(widths[0], 1 + _CORNERS, 1)
        # A middle is rare: so says the network from the start.
        with torch.no_grad():
            self.places.bias[:1] = _RARE  # type: ignore[index]
        self.levels = nn.Sequential(
            _block(widths[1], widths[1]), nn.Conv2d(widths[1], len(LEVELS), 1)
        )

    def forward(self, slices: Tensor) -> Maps:
        """Looks at slices, shape (N, 1, rows, columns), brightness about 0 to 2."""
        found = functional.pixel_unshuffle(slices - 0.5, CELL_MM)
        passed: list[Tensor] = []
        for step, block in enumerate(self.down):
            found = block(found if step == 0 else functional.max_pool2d(found, 2))
            passed.append(found)
        coarser = found
        for block, finer in zip(self.up, passed[-2::-1], strict=True):
            coarser = found
            found = block(torch.cat([_enlarged(found, finer), finer], dim=1))
        places = self.places(found)
        levels = _enlarged(self.levels(coarser), found)
        return Maps(
            masks=functional.pixel_shuffle(self.masks(found), CELL_MM).float(),
            centre=places[:, :1].float(),
            corners=places[:, 1:].float(),
            levels=levels.float(),
        )


def _enlarged(coarse: Tensor, fine: Tensor) -> Tensor:
    return functional.interpolate(
        coarse, size=fine.shape[-2:], mode="bilinear", align_corners=False
    )


def _block(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
        nn.Conv2d(after, after, 3, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )
