"""Writes simulated stacks as single-frame MR Image Storage (DICOM PS3.3 A.4)."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, MRImageStorage

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.simulate.output.attributes import Visit, decimals, made_uid, series_attributes
from spinegrader.simulate.output.habits import HABITS, Habits
from spinegrader.simulate.scanner.protocol import Protocol
from spinegrader.simulate.scanner.scaling import Received


def write_series(
    folder: Path,
    visit: Visit,
    number: int,
    received: Received,
    protocol: Protocol,
    geometry: VolumeGeometry,
) -> int:
    """Writes one file a slice, ``IM0001`` and on, by the habits of the scanner's vendor.

    Args:
        folder: Made if it isn't there.
        visit: The study.
        number: SeriesNumber.
        received: Pixels, (slices, rows, columns), slices from right to left.
        protocol: Of the study.
        geometry: Of these pixels.

    Returns:
        How many files were written.

    Raises:
        OSError: If they can't be written.
    """
    habits = HABITS[protocol.scanner.vendor]
    folder.mkdir(parents=True, exist_ok=True)
    # One data set, changed from slice to slice: building it takes longer than writing it.
    image = series_attributes(visit, number, received, protocol, geometry)
    order = range(len(received.pixels))
    for count, index in enumerate(order if habits.runs_leftward else reversed(order), start=1):
        sop_uid = made_uid(f"{visit.key}/series/{number}/image/{count}")
        image.SOPInstanceUID = sop_uid
        image.InstanceNumber = count
        image.AcquisitionNumber = 1 + (count - 1) % habits.packages
        _place(image, geometry, index, habits)
        _fill(image, received.pixels[index])
        image.file_meta = _file_meta(sop_uid, habits)
        image.save_as(folder / f"IM{count:04d}", enforce_file_format=True)
    return len(order)


def _place(image: Dataset, geometry: VolumeGeometry, index: int, habits: Habits) -> None:
    position = geometry.to_mm((0, 0, index))
    image.ImagePositionPatient = decimals(*position)
    if habits.location_sign:
        normal = np.cross(geometry.directions[:, 0], geometry.directions[:, 1])
        image.SliceLocation = decimals(habits.location_sign * float(position @ normal))[0]


def _fill(image: Dataset, pixels: np.ndarray[tuple[int, ...], np.dtype[np.integer]]) -> None:
    representation = "SS" if image.PixelRepresentation else "US"
    image.add_new("SmallestImagePixelValue", representation, int(pixels.min()))
    image.add_new("LargestImagePixelValue", representation, int(pixels.max()))
    image.add_new("PixelData", "OW", pixels.astype(pixels.dtype.newbyteorder("<")).tobytes())


def _file_meta(sop_uid: UID, habits: Habits) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MRImageStorage
    meta.MediaStorageSOPInstanceUID = sop_uid
    meta.TransferSyntaxUID = habits.transfer_syntax
    meta.ImplementationClassUID = made_uid("implementation")
    meta.ImplementationVersionName = "SPINEGRADER"
    return meta
