"""The detector's material read back, as what it learns from."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.detector.material_format import PIXEL_MM, Material
from benchmarks.measuring import BenchmarkError
from spinegrader.domain.anatomy import REGULAR_LEVELS, VertebraLevel
from spinegrader.model.detector.data import DetectorData, DetectorSlice
from spinegrader.model.splits import Part

_PARTS = {"train": Part.TRAIN, "validation": Part.VALIDATION}
_SIMULATED, _OWN_LABELS = "sim", "pseudo"
_FIRST_SACRAL = REGULAR_LEVELS.index(VertebraLevel.S1)


def load_data(
    folder: Path, weights: Mapping[str, float], most_validation: int
) -> tuple[DetectorData, dict[str, Part]]:
    """All slices of some sources, and the part of each subject.

    Args:
        folder: Holds a folder of npz files for each source.
        weights: How often each source is drawn, relative to the others.
        most_validation: Slices of each source to validate on, drawn at random: they are looked
            at whole after every epoch.

    Raises:
        BenchmarkError: If there is none, or a subject is in two parts.
    """
    slices, subjects, sources = [], [], []
    split: dict[str, Part] = {}
    numbers = np.random.default_rng(0)
    for source in weights:
        found = [Material.load(path) for path in sorted((folder / source).glob("*.npz"))]
        if not found:
            raise BenchmarkError(f"{folder / source} holds no material: make it first")
        spared = _validation_slices(found, most_validation, numbers)
        for material in found:
            part = _PARTS[material.about.part]
            person = "simulated" if source == _SIMULATED else "spider"
            subject = f"{person}-{material.about.patient}"
            if split.setdefault(subject, part) is not part:
                raise BenchmarkError(f"{subject} is in two parts")
            for index in range(len(material.images)):
                if part is Part.VALIDATION and (id(material), index) not in spared:
                    continue
                slices.append(_slice(material, index))
                subjects.append(subject)
                sources.append(source)
    data = DetectorData(tuple(slices), tuple(subjects), tuple(sources), dict(weights))
    present = set(subjects)
    return data, {subject: part for subject, part in split.items() if subject in present}


def _validation_slices(
    found: list[Material], most: int, numbers: np.random.Generator
) -> set[tuple[int, int]]:
    every = [
        (id(material), index)
        for material in found
        if material.about.part == "validation"
        for index in range(len(material.images))
    ]
    chosen = numbers.permutation(len(every))[:most]
    return {every[number] for number in chosen}


def _slice(material: Material, index: int) -> DetectorSlice:
    corners = material.corners[index]
    seen = np.isfinite(corners).all(axis=2).any(axis=1)
    levels = material.levels[seen]
    # A detector's own sacral corners are its least exact ones: only their middle teaches.
    is_rough = (levels >= _FIRST_SACRAL) & (material.about.source == _OWN_LABELS)
    return DetectorSlice(
        material.images[index],
        material.masks[index],
        PIXEL_MM,
        corners[seen],
        levels,
        frozenset(int(number) for number in np.flatnonzero(is_rough)),
    )
