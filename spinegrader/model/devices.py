"""Where a run computes, and what it does to torch's process-wide state meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

# torch reads this when it is first imported: operators that MPS lacks then run on the CPU.
os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")

import torch
import torch.distributed
from torch import nn

from spinegrader.errors import TrainingError
from spinegrader.model.config import DeviceName
from spinegrader.model.processes import launch
from spinegrader.model.run_facts import ComputeDevice


def choose_device(name: DeviceName) -> torch.device:
    """The device to compute on; ``auto`` takes CUDA, else MPS, else the CPU.

    Of several processes on one computer each takes a GPU of its own. MPS, the one GPU of its
    computer, can't add up gradients with others.

    Raises:
        TrainingError: If the device asked for isn't there.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if _is_joined():
        if name == "mps":
            raise TrainingError(
                "Several processes can't train on an Apple GPU (MPS): choose “auto” or “cpu”."
            )
        present["mps"] = False
        if name in ("auto", "cuda") and present["cuda"]:
            return _own_gpu()
    if name == "auto":
        return torch.device(next((kind for kind, found in present.items() if found), "cpu"))
    if name != "cpu" and not present[name]:
        what = "NVIDIA GPU (CUDA)" if name == "cuda" else "Apple GPU (MPS)"
        raise TrainingError(f"This computer has no usable {what}: choose “auto” or “cpu”.")
    return torch.device(name)


def _is_joined() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def _own_gpu() -> torch.device:
    number, there = launch().local_rank, torch.cuda.device_count()
    if number >= there:
        raise TrainingError(
            f"This computer has {there} usable GPUs, fewer than the processes that were started: "
            f"give torchrun --nproc-per-node {there}."
        )
    device = torch.device("cuda", number)
    torch.cuda.set_device(device)
    return device


def describe_device(device: torch.device, processes: int = 1) -> ComputeDevice:
    """What is told of a device.

    Args:
        device: The device.
        processes: That compute together, each on such a one.
    """
    if device.type == "cuda":
        return ComputeDevice("cuda", torch.cuda.get_device_name(device), processes=processes)
    if device.type == "mps":
        return ComputeDevice("mps", processes=processes)
    return ComputeDevice("cpu", threads=torch.get_num_threads(), processes=processes)


def describe_devices() -> list[ComputeDevice]:
    """All devices that a run could use, the one that ``auto`` takes first."""
    there = [
        torch.device(kind)
        for kind, present in (
            ("cuda", torch.cuda.is_available()),
            ("mps", torch.backends.mps.is_available()),
            ("cpu", True),
        )
        if present
    ]
    return [describe_device(device) for device in there]


def place(network: nn.Module, device: torch.device) -> None:
    """Moves a network to its device, its kernels laid out as that one likes them."""
    network.to(device)
    if device.type == "cpu":  # a third less time a step, with volumes laid out likewise
        network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]


@contextmanager
def run_environment(device: torch.device, seed: int, spare_cores: int = 1) -> Iterator[None]:
    """Seeds torch and leaves cores to the window; both are put back at the end."""
    threads = torch.get_num_threads()
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        if device.type == "cpu":
            sharers = launch().local_world_size if _is_joined() else 1
            torch.set_num_threads(max(1, (_cores() - spare_cores) // sharers))
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux: fewer than the machine's in a container
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether torch ran out of memory; CPU and MPS say so only in words."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return "out of memory" in text or "can't allocate memory" in text


def free_memory(device: torch.device) -> None:
    """Gives cached memory back to the device after a failed step."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def free_all_memory() -> None:
    """Gives cached memory back to every GPU of this process."""
    torch.cuda.empty_cache()  # does nothing where no GPU was used
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
