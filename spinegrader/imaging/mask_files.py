"""Reads a label map (NIfTI, MetaImage, NRRD) with its place in the patient."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spinegrader.domain.study import Plane
from spinegrader.errors import InputError
from spinegrader.imaging.files import read_volume_file
from spinegrader.imaging.naming import volume_ending
from spinegrader.imaging.volume import Volume

MASK_ENDINGS = (".nii", ".nii.gz", ".mha", ".mhd", ".nrrd", ".nhdr")

_LARGEST_LABEL = 10_000


def read_label_map(path: Path) -> Volume:
    """The labels as whole numbers, in sagittal reading orientation.

    Returns:
        Pixels of shape (slices, rows, columns), uint16: slices from the patient's right to the
        left, rows to the feet, columns to posterior.

    Raises:
        InputError: If the file can't be read, isn't a label map, or doesn't say where it lies.
    """
    if not volume_ending(path.name):
        raise InputError(f"{path.name} is no label map: choose one of {', '.join(MASK_ENDINGS)}.")
    try:
        volume = read_volume_file(path)
        labels = _whole_numbers(volume.pixels)
    except InputError as error:
        raise InputError(f"{path.name} can't be used as a label map. {error.message}") from error
    return Volume(labels, volume.geometry).in_reading_orientation(Plane.SAGITTAL)


def _whole_numbers(values: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
    low, high = values.min(), values.max()
    if low < 0 or high > _LARGEST_LABEL:
        raise InputError(f"Its values run from {low:g} to {high:g}: it is an image.")
    labels = values.astype(np.uint16)
    if not np.array_equal(labels, values):
        raise InputError("Its values are not whole numbers: it is an image or a probability.")
    return labels
