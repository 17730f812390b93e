"""How well the detector finds vertebrae and discs on real T2-SPACE stacks with masks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.detector.matching import Outcome, TrueBody, compared, disc_dice
from benchmarks.detector.space_labels import named_labels
from benchmarks.detector.space_material import masked_series
from benchmarks.detector.split import masked_patients, part_of
from benchmarks.simulated_spider import real_folder
from spinegrader.domain.anatomy import REGULAR_LEVELS, VertebraLevel
from spinegrader.domain.geometry import FloatArray
from spinegrader.domain.vertebrae import Disc
from spinegrader.imaging.files import read_volume_file
from spinegrader.imaging.mask_files import read_label_map
from spinegrader.imaging.volume import Volume
from spinegrader.services.finder import Finder

_DISC_LABEL = 200
_SACRUM_MM = 5.0
"""A body's centre below the lowest known corner less this belongs to the sacrum."""

_LOWEST = REGULAR_LEVELS.index(VertebraLevel.L5)


@dataclass(frozen=True, eq=False)
class MaskedStack:
    """A patient's T2-SPACE.

    Args:
        patient: Number in SPIDER.
        volume: In reading orientation.
        truth: Its bodies; those of the sacrum below S1 are not known.
        discs: By name of the vertebra above, the disc's pixels, shape of the volume.
        lowest_y_mm: Where the known part ends: nothing is labelled in the sacrum.
        vertebrae: Pixels of vertebrae, shape of the volume.
    """

    patient: int
    volume: Volume
    truth: tuple[TrueBody, ...]
    discs: dict[VertebraLevel, npt.NDArray[np.bool_]]
    lowest_y_mm: float
    vertebrae: npt.NDArray[np.bool_]

    def may_be_body(self, corners: FloatArray) -> bool:
        """Whether a place is in the sacrum, which isn't labelled, or in a vertebra without a quad.

        Args:
            corners: (x, y) millimetres in the slice, shape (4, 2).
        """
        column_mm, row_mm, _ = self.volume.geometry.spacing_mm
        x, y = corners.mean(axis=0)
        _, rows, columns = self.volume.geometry.shape
        row, column = (
            int(np.clip(y / row_mm, 0, rows - 1)),
            int(np.clip(x / column_mm, 0, columns - 1)),
        )
        is_sacrum = y > self.lowest_y_mm - _SACRUM_MM
        return bool(is_sacrum or self.vertebrae[:, row, column].any())


def masked_stacks() -> Iterator[MaskedStack]:
    """The stacks of the validating patients."""
    folder = real_folder()
    for patient in masked_patients(folder):
        if part_of(patient) == "validation":
            yield _stack(folder, patient)


def _stack(folder: Path, patient: int) -> MaskedStack:
    series = masked_series(folder, patient)
    stem = folder / "t2_space" / f"{patient}_t2_SPACE"
    volume = read_volume_file(stem.with_name(f"{stem.name}_image.nii.gz"))
    tissues = read_label_map(stem.with_name(f"{stem.name}_mask.nii.gz")).pixels
    column_mm, row_mm, slice_mm = volume.geometry.spacing_mm
    named = named_labels(tissues, (slice_mm, row_mm, column_mm))
    truth = []
    lowest = 0.0
    for index, level in enumerate(series.levels):
        seen = series.corners[:, index]
        known = seen[np.isfinite(seen[:, 0, 0])]
        truth.append(TrueBody(level, known[0]))
        lowest = max(lowest, float(np.nanmax(known[0][:, 1])))
    discs = {
        REGULAR_LEVELS[_LOWEST + 1 - number]: named.labels == _DISC_LABEL + number
        for number in range(1, min(len(named.disc_lines), _LOWEST + 1) + 1)
    }
    return MaskedStack(patient, volume, tuple(truth), discs, lowest, tissues == 1)


def outcome_of(stack: MaskedStack, find: Finder) -> Outcome:
    """What a detector makes of a stack."""
    finding = find(stack.volume)
    known = [body for body in stack.truth if np.isfinite(body.corners[:2]).all()]
    outcome = compared(
        str(stack.patient), "SPACE", finding, stack.volume.geometry, known, stack.may_be_body
    )
    outcome.sums.update(_disc_sums(stack, finding.discs))
    return outcome


def _disc_sums(stack: MaskedStack, found: Sequence[Disc]) -> dict[str, tuple[float, float]]:
    """Discs between two true bodies: found, and how much of them."""
    levels = {body.level for body in stack.truth}
    wanted = [
        level for level in stack.discs
        if level in levels and REGULAR_LEVELS[REGULAR_LEVELS.index(level) + 1] in levels
    ]  # fmt: skip
    dices = []
    for level in wanted:
        best = [disc_dice(disc, stack.volume.geometry, stack.discs[level]) for disc in found]
        dices.append(max(best, default=0.0))
    hits = [dice for dice in dices if dice > 0]
    return {
        "discs found": (float(len(hits)), float(len(wanted))),
        "disc overlap": (float(np.sum(hits)), float(len(hits))),
    }
