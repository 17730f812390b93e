"""Which precision a device computes fastest in without harm."""

from contextlib import AbstractContextManager, nullcontext

import torch


def fast_precision(device: torch.device) -> AbstractContextManager[object]:
    """Brain floats where the device multiplies them natively; else as it is."""
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.autocast("cuda", dtype=torch.bfloat16)
    if device.type == "cpu" and multiplies_brain_floats():
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return nullcontext()


def multiplies_brain_floats() -> bool:
    """Whether this CPU has instructions for them: without, they are emulated and slow."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
