import pytest
import torch

from spinegrader.model.backbones import build_backbone
from spinegrader.model.config import BackboneConfig, FinetuneConfig, PretrainConfig
from spinegrader.model.resnet import ResidualBlock
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


def test_resnet_has_the_channels_and_depth_of_resnet_34():
    with torch.device("meta"):
        backbone = build_backbone(BackboneConfig(kind="resnet_34_3d"))
    blocks = [module for module in backbone.modules() if isinstance(module, ResidualBlock)]
    convolutions = [m for m in backbone.modules() if isinstance(m, torch.nn.Conv3d)]
    on_the_way = [m for m in convolutions if m.kernel_size != (1, 1, 1)]
    assert len(blocks) == 16
    assert len(on_the_way) == 33  # and one linear head makes 34 layers
    assert on_the_way[0].kernel_size == (3, 7, 7)
    assert (on_the_way[0].out_channels, on_the_way[-1].out_channels) == (64, 512)
    assert backbone.embedding == 512


def test_resnet_takes_any_size_and_never_down_samples_slices():
    config = BackboneConfig(kind="resnet_34_3d", width=0.125)
    backbone = build_backbone(config).eval()
    assert backbone.convolutions(torch.rand(1, 1, 9, 64, 64)).shape[2:] == (9, 2, 2)
    for shape in ((9, 64, 64), (9, 32, 64), (1, 64, 128)):
        assert backbone(torch.rand(2, *shape)).shape == (2, 64)


@pytest.mark.parametrize("kind", ["vgg_m_3d", "resnet_34_3d"])
def test_kernels_of_one_slice_see_no_neighbour(kind):
    config = BACKBONE.model_copy(update={"kind": kind, "through_plane": False})
    convolutions = build_backbone(config).eval().convolutions
    volume = torch.rand(1, 1, 3, 32, 32)
    changed = volume.clone()
    changed[:, :, 2] = 0
    before, after = convolutions(volume), convolutions(changed)
    torch.testing.assert_close(before[:, :, :2], after[:, :, :2])
    assert not torch.allclose(before[:, :, 2], after[:, :, 2])


@pytest.mark.parametrize("kind", ["vgg_m_3d", "resnet_34_3d"])
def test_activations_keep_their_size_through_the_network(kind):
    torch.manual_seed(0)
    config = BackboneConfig(kind=kind, width=0.25, hidden=64, embedding=64, pooled_grid=(2, 2))
    embedded = build_backbone(config).train()(torch.rand(8, 3, 64, 64))
    assert 0.05 < embedded.std() < 20


@pytest.mark.parametrize("kind", ["vgg_m_3d", "resnet_34_3d"])
def test_every_weight_learns(kind):
    backbone = build_backbone(BACKBONE.model_copy(update={"kind": kind}))
    backbone(torch.rand(4, 3, 32, 32)).square().sum().backward()
    without = [name for name, item in backbone.named_parameters() if not item.grad.abs().sum()]
    assert without == []


@pytest.mark.parametrize("kind", ["vgg_m_3d", "resnet_34_3d"])
def test_members_stand_side_by_side(kind):
    config = BACKBONE.model_copy(update={"kind": kind, "members": 3})
    joined = build_backbone(config).eval()
    alone = build_backbone(config.model_copy(update={"members": 1})).eval()
    volumes = torch.rand(2, 3, 24, 24)
    embedded = joined(volumes)
    assert embedded.shape == (2, joined.embedding) == (2, 3 * alone.embedding)
    parts = embedded.chunk(3, dim=1)
    assert not torch.allclose(parts[0], parts[1])
    for place, part in enumerate(parts):
        for name in ("convolutions", "fully_connected"):
            member = getattr(joined, name).members[place]
            getattr(alone, name).load_state_dict(member.state_dict())
        torch.testing.assert_close(alone(volumes), part, atol=1e-5, rtol=1e-4)
