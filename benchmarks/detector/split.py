"""Which of SPIDER's patients train the detector and which validate it, the same everywhere."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

from benchmarks.measuring import BenchmarkError
from benchmarks.simulated_spider import real_folder

Part: TypeAlias = Literal["train", "validation"]

_MASKED_EVERY, _OTHERS_EVERY = 3, 4
"""One in so many patients validates, the second of each round."""


def split(masked: Iterable[int], others: Iterable[int]) -> dict[int, Part]:
    """The part of every patient.

    Args:
        masked: Patients whose T2-SPACE is masked.
        others: All patients; those with masks are passed over.
    """
    with_masks = sorted(set(masked))
    without = sorted(set(others) - set(with_masks))
    return _parts(with_masks, _MASKED_EVERY) | _parts(without, _OTHERS_EVERY)


def masked_patients(folder: Path) -> list[int]:
    """Numbers of the patients whose T2-SPACE is masked, ascending.

    Args:
        folder: Of SPIDER.
    """
    return sorted(_number(path) for path in (folder / "t2_space").glob("*_mask.nii.gz"))


def part_of(patient: int | str) -> Part:
    """The part that a patient of SPIDER belongs to.

    Raises:
        BenchmarkError: If the images or the patient are not here.
    """
    number = int(patient)
    found = _split_of(real_folder())
    if number not in found:
        raise BenchmarkError(f"SPIDER's patient {number} isn't among the images here")
    return found[number]


@cache
def _split_of(folder: Path) -> dict[int, Part]:
    others = {_number(path) for path in (folder / "midslices").glob("*.png")}
    return split(masked_patients(folder), others)


def _parts(patients: list[int], every: int) -> dict[int, Part]:
    return {
        patient: "validation" if index % every == 1 else "train"
        for index, patient in enumerate(patients)
    }


def _number(path: Path) -> int:
    return int(path.name.split("_")[0])
