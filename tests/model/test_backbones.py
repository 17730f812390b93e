import pytest
import torch

from spinegrader.model.backbones import build_backbone
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from tests.model.model_samples import BACKBONE


def test_one_backbone_takes_square_vertebrae_and_wide_discs():
    backbone = build_backbone(BACKBONE).eval()
    for shape in ((9, 64, 64), (9, 32, 64), (3, 24, 24)):
        assert backbone(torch.rand(2, *shape)).shape == (2, BACKBONE.embedding)


def test_slices_are_never_down_sampled_within_the_convolutions():
    config = PretrainConfig.laptop()
    features = build_backbone(config.backbone).convolutions(torch.rand(1, 1, 9, 64, 64))
    assert features.shape[2:] == (9, 4, 4)


@pytest.mark.parametrize("preset", ["laptop", "paper"])
def test_pooling_grids_divide_both_volumes(preset):
    # MPS pools adaptively only where the grid divides what is pooled.
    for config in (getattr(PretrainConfig, preset)(), getattr(FinetuneConfig, preset)()):
        for size, grid in zip(config.volume_shape[1:], config.backbone.pooled_grid, strict=True):
            assert size // 16 % grid == 0


def test_the_paper_width_has_the_channels_of_vgg_m():
    with torch.device("meta"):
        backbone = build_backbone(PretrainConfig.paper().backbone)
    convolutions = [m for m in backbone.modules() if isinstance(m, torch.nn.Conv3d)]
    assert [m.out_channels for m in convolutions] == [96, 256, 512, 512, 512]
