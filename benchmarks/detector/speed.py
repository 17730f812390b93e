"""How long the detector takes for a series in a fresh process, and its memory."""

import json
import os
import subprocess
import sys

from benchmarks.detector.weights_chosen import PLACE, chosen_weights
from benchmarks.measuring import BenchmarkError, median

_ROUNDS = 5

_LOOK = """
import json, sys, time
from pathlib import Path
import numpy as np
start = time.perf_counter()
import torch
from benchmarks.detector.weights_chosen import chosen_finder
from benchmarks.measuring import peak_mb
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.imaging.volume import Volume
import spinegrader.imaging.detection.finding, spinegrader.model.detector.detect
imported = time.perf_counter()
pixels = np.load(sys.argv[1])
matrix = np.zeros((4, 4))
matrix[1, 0], matrix[2, 1], matrix[0, 2], matrix[3, 3] = 0.55, -0.55, 4.4, 1
volume = Volume(pixels, VolumeGeometry.from_matrix(matrix, pixels.shape))
begin = time.perf_counter()
find = chosen_finder()
loaded = time.perf_counter()
found = find(volume)
first = time.perf_counter()
find(volume)
again = time.perf_counter()
print(json.dumps({
    "import": imported - start, "load": loaded - begin, "first": first - loaded,
    "again": again - first, "bodies": len(found.vertebrae),
    "peak": peak_mb(),
}))
"""


def timed(pixels_path: str, rounds: int = _ROUNDS) -> dict[str, float]:
    """Medians of fresh processes, seconds; the peak memory is the highest, in MB.

    Args:
        pixels_path: A file of numpy with 15 slices of 512 x 512.
        rounds: Processes that count, behind one that doesn't.

    Raises:
        BenchmarkError: If a process breaks down or finds nothing.
    """
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "CUDA_VISIBLE_DEVICES": "",
        PLACE: str(chosen_weights().path.parent),
    }  # fmt: skip
    told = []
    for _ in range(rounds + 1):
        done = subprocess.run(
            (sys.executable, "-c", _LOOK, pixels_path),
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise BenchmarkError(f"The process that looks broke down: {done.stderr[-300:]}")
        told.append(json.loads(done.stdout))
    if not all(item["bodies"] for item in told):
        raise BenchmarkError("No vertebrae were found on a simulated series.")
    figures = {name: median([item[name] for item in told[1:]]) for name in told[0]}
    return figures | {"peak": max(item["peak"] for item in told[1:])}
