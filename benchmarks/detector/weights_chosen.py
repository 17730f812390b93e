"""Which detector is measured: the one that comes with the program, or another."""

import os
from pathlib import Path

from spinegrader.model.detector.weights import DetectorWeights, detector_in
from spinegrader.services.detectors import shipped_detector
from spinegrader.services.finder import Finder, load_finder

PLACE = "SPINEGRADER_BENCH_DETECTOR"
"""Environment variable that names another detector's folder, for ``python -m benchmarks``."""


def chosen_weights(folder: Path | None = None) -> DetectorWeights:
    """Those of a folder; else of the folder that the environment names; else the shipped ones."""
    place = folder or (Path(os.environ[PLACE]) if os.environ.get(PLACE) else None)
    return shipped_detector() if place is None else detector_in(place)


def chosen_finder(folder: Path | None = None) -> Finder:
    """A detector with these weights, ready to look."""
    return load_finder(chosen_weights(folder))
