"""Batch normalisation by the whole batch where several processes work off their shares of it.

torch's SyncBatchNorm refuses the CPU; this one computes wherever ``torch.distributed`` adds up.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from spinegrader.model.distributed import world_size
from spinegrader.model.sharing import all_alike, all_sum, is_sharing


def share_batch_norm(network: nn.Module) -> None:
    """Lets the network's batch normalisation see all shares; alone, nothing is changed.

    Names and weights stay, so that checkpoints move between one process and several.
    """
    if world_size() == 1:
        return
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, _BatchNorm) and not isinstance(child, SharedBatchNorm):
                setattr(module, name, SharedBatchNorm.like(child))


class SharedBatchNorm(_BatchNorm):
    """Batch normalisation of any dimensions over the shares of all processes."""

    @classmethod
    def like(cls, layer: _BatchNorm) -> "SharedBatchNorm":
        """The same layer, with the same tensors."""
        made = cls(
            layer.num_features,
            layer.eps,
            layer.momentum,
            layer.affine,
            layer.track_running_stats,
        )
        made.weight, made.bias = layer.weight, layer.bias
        made.running_mean, made.running_var = layer.running_mean, layer.running_var
        made.num_batches_tracked = layer.num_batches_tracked
        made.training = layer.training
        return made

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002 - torch's own name
        """Takes any dimensions."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """(N, channels, ...) to the same; N may be 0 in some of the processes."""
        if not (self.training and is_sharing()):
            return super().forward(input)
        found, mean, variance, count = _Normalised.apply(  # type: ignore[no-untyped-call]
            input, self.weight, self.bias, self.eps
        )
        self._track(mean, variance, count)
        normalised: Tensor = found
        return normalised

    @torch.no_grad()
    def _track(self, mean: Tensor, variance: Tensor, count: Tensor) -> None:
        if self.running_mean is None or self.running_var is None:
            return
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        momentum = (
            1 / int(self.num_batches_tracked or 1) if self.momentum is None else self.momentum
        )
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_((variance * count / (count - 1).clamp(min=1)).float(), momentum)


class _Normalised(torch.autograd.Function):
    """Ioffe and Szegedy, ICML 2015; statistics joined as by Chan, Golub and LeVeque 1983."""

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401 - torch's own signature
        given: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        eps: float,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Normalised values, mean, variance, and how many values a channel has in all."""
        values = given.float()
        others = [axis for axis in range(values.dim()) if axis != 1]
        count = values.numel() // max(1, values.shape[1])
        own_mean = values.sum(others) / max(1, count)
        own_square = (values - _beside(own_mean, values)).square().sum(others)
        own = torch.cat([own_mean, own_square, own_mean.new_tensor([float(count)])])
        joined = all_alike(own).double()
        means, squares, counts = torch.split(joined, [len(own_mean), len(own_mean), 1], dim=1)
        total = counts.sum().clamp(min=1)
        mean = (counts * means).sum(0) / total
        variance = (squares + counts * (means - mean).square()).sum(0) / total
        slope = (variance + eps).rsqrt().float()
        mean, variance = mean.float(), variance.float()
        standard = (values - _beside(mean, values)) * _beside(slope, values)
        ctx.save_for_backward(standard, slope, weight, total)
        found = standard if weight is None else standard * _beside(weight, values)
        found = found if bias is None else found + _beside(bias, values)
        ctx.mark_non_differentiable(mean, variance, total)
        return found.to(given.dtype), mean, variance, total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None, None]:  # noqa: ANN401
        """Gradients of the values by all shares; those of weight and bias by the own share."""
        standard, slope, weight, total = ctx.saved_tensors
        gradient = gradients[0].float()
        others = [axis for axis in range(gradient.dim()) if axis != 1]
        own_sum, own_product = gradient.sum(others), (gradient * standard).sum(others)
        joined = torch.cat([own_sum, own_product])
        all_sum(joined)
        mean_sum, mean_product = (joined / total).split(len(own_sum))
        centred = (
            gradient - _beside(mean_sum, gradient) - standard * _beside(mean_product, gradient)
        )
        scale = slope if weight is None else slope * weight
        back = (centred * _beside(scale, gradient)).to(gradients[0].dtype)
        own = (None, None) if weight is None else (own_product, own_sum)
        return back, *own, None


def _beside(channels: Tensor, values: Tensor) -> Tensor:
    return channels.view(1, -1, *[1] * (values.dim() - 2))
