"""Which precision a network computes in, and what guards the small numbers of half floats.

Only the network itself computes in fewer bits, by torch's autocast, and what it gives is float32
again: augmentation, losses, distances and figures never see rounded numbers, whatever matrix
products they are made of.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from spinegrader.errors import TrainingError
from spinegrader.model.config import Precision

_BITS = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def numbers_of(precision: Precision, device: torch.device) -> torch.dtype:
    """The floats that a network computes in; ``auto`` takes what is fastest without harm.

    That is brain floats where the device multiplies them natively, else float32: MPS has them
    only emulated on older chips, so it stays with float32 until it was measured.

    Raises:
        TrainingError: If the device can't train with what is asked for.
    """
    if precision == "auto":
        return torch.bfloat16 if _multiplies_brain_floats(device) else torch.float32
    if precision == "float16" and device.type != "cuda":
        raise TrainingError(
            "Only an NVIDIA GPU (CUDA) computes with the precision “float16”: choose “auto”."
        )
    return _BITS[precision]


def usable_precision(precision: Precision, device: torch.device) -> Precision:
    """The precision of a trained network, or ``auto`` where this device hasn't that one."""
    return "auto" if precision == "float16" and device.type != "cuda" else precision


def compute_in(network: nn.Module, precision: Precision, device: torch.device) -> None:
    """Lets a network compute with these floats from now on; what it gives is float32.

    Args:
        network: On its device; its weights stay float32.
        precision: As set.
        device: That it computes on.

    Raises:
        TrainingError: If the device can't.
    """
    numbers = numbers_of(precision, device)
    if numbers is torch.float32:
        return
    within = _Within(device.type, numbers)
    network.register_forward_pre_hook(within.enter)
    # Always: a pass that memory didn't hold must not leave the context open.
    network.register_forward_hook(within.leave, always_call=True)


def gradient_scaler(precision: Precision, device: torch.device) -> torch.amp.GradScaler | None:
    """What keeps gradients of half floats from vanishing; no other floats need it.

    Loss and gradients are multiplied by a factor that falls where they overflow; such a step is
    left out (Micikevicius et al., ICLR 2018).
    """
    if numbers_of(precision, device) is not torch.float16:
        return None
    return torch.amp.GradScaler(device.type)


class _Within:
    """Opens autocast before a network's pass, and closes it behind it."""

    def __init__(self, device_type: str, numbers: torch.dtype) -> None:
        self._device_type = device_type
        self._numbers = numbers
        self._open: list[torch.autocast] = []

    def enter(self, network: nn.Module, given: tuple[Any, ...]) -> None:
        """Before the pass."""
        del network, given
        context = torch.autocast(self._device_type, dtype=self._numbers)
        context.__enter__()  # type: ignore[no-untyped-call]
        self._open.append(context)

    def leave(self, network: nn.Module, given: tuple[Any, ...], found: Any) -> Any:  # noqa: ANN401
        """Behind the pass, a failed one too."""
        del network, given
        self._open.pop().__exit__(None, None, None)
        return _each(found, Tensor.float)


def _each(found: Any, change: Callable[[Tensor], Tensor]) -> Any:  # noqa: ANN401 - any network's
    """What a network gives, each of its floating tensors changed."""
    if isinstance(found, Tensor):
        return change(found) if found.is_floating_point() else found
    if isinstance(found, dict):
        return {name: _each(item, change) for name, item in found.items()}
    if isinstance(found, tuple | list):
        return type(found)(_each(item, change) for item in found)
    if is_dataclass(found) and not isinstance(found, type):
        changed = {item.name: _each(getattr(found, item.name), change) for item in fields(found)}
        return replace(found, **changed)
    return found


def _multiplies_brain_floats(device: torch.device) -> bool:
    """Whether there are instructions for them: without, they are emulated and slow."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return False
