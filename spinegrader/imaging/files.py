"""Volumes of NIfTI, MetaImage and NRRD: checked first, then read by SimpleITK.

What is here runs in a sandbox: the files are untrusted.
"""

import contextlib
import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.study import Patient, Plane, Series, Study
from spinegrader.errors import InputError
from spinegrader.imaging.naming import (
    says_label_map,
    told_by_name,
    volume_ending,
    volume_stem,
)
from spinegrader.imaging.nifti_header import HEADER_BYTES, is_nifti, nifti_layout
from spinegrader.imaging.text_headers import meta_image_layout, nrrd_layout
from spinegrader.imaging.volume import Volume, plane_of, turned_for_reading
from spinegrader.imaging.volume_layout import VolumeLayout
from spinegrader.imaging.weighting import Timing, weighting_of

_GZIP = b"\x1f\x8b"
_MUCH_LARGER = 1.25
_LABEL_MAP = "It looks like a label map: import it onto its series (Import label map)."
_MOST_LABELS = 200
_LARGEST_LABEL = 65535
_PIXELS_LOOKED_AT = 4_000_000
# Labels fill areas; noise makes neighbours differ. Alike were 93 to 95 % of neighbours in the 26
# masks of SPIDER that were measured, and 3 to 30 % in images of 3 scanners and 8 to 16 bits.
_ALIKE_SHARE = 0.8
_ALIKE_SHARE_IF_SAID = 0.5


# Ending -> who reads the header here, and who does in SimpleITK.
_FORMATS: dict[str, tuple[Callable[[Path], VolumeLayout], str]] = {
    ".nii.gz": (nifti_layout, "NiftiImageIO"),
    ".nii": (nifti_layout, "NiftiImageIO"),
    ".mha": (meta_image_layout, "MetaImageIO"),
    ".mhd": (meta_image_layout, "MetaImageIO"),
    ".nrrd": (nrrd_layout, "NrrdImageIO"),
    ".nhdr": (nrrd_layout, "NrrdImageIO"),
}


@dataclass(frozen=True)
class VolumeHeader:
    """One volume as a series of one stack, without its pixels.

    Args:
        patient: Whose it is, by the file's name: such files tell no person.
        study: Of which visit, likewise.
        series: Turned for reading; ``pixels`` still empty.
        data_path: The other file, beside it, that holds its pixels; None if it holds them.
    """

    patient: Patient
    study: Study
    series: Series
    data_path: Path | None = None


def is_volume_file(path: Path) -> bool:
    """Whether a file is called and begins as one of the volume formats does."""
    ending = volume_ending(path.name)
    if not ending:
        return False
    try:
        with path.open("rb") as file:
            start = file.read(HEADER_BYTES)
    except OSError:
        return False
    if ending in (".nii", ".nii.gz"):
        return start.startswith(_GZIP) or is_nifti(start)
    if ending in (".nrrd", ".nhdr"):
        return start.startswith(b"NRRD000")
    return b"NDims" in start and b"=" in start


def read_volume_header(path_and_name: tuple[Path, str]) -> VolumeHeader:
    """Looks at a volume file, its pixels included, and tells whose and what it is.

    Args:
        path_and_name: The file, and its name relative to what the user chose.

    Raises:
        InputError: If it can't be shown in millimetres of the patient, is damaged, or holds
            labels; the message says why, without the file's name.
    """
    path, name = path_and_name
    layout = _checked_layout(path)
    volume = _read(path, layout)
    _check_shows_something(volume.pixels, is_called_labels=says_label_map(name))
    content = _content_hash(path, layout)
    told = told_by_name(name)
    stem = volume_stem(name)
    # A name that tells no person must not bring two people together.
    person = told.patient_id or f"{stem}-{content[:8]}"
    # Nor may it meet the PatientID of a hospital by chance.
    patient_id = f"file-{person}"
    plane = _plane(volume.geometry)
    study = Study(_uid("study", patient_id, told.session), patient_id, description=told.session)
    series = Series(
        uid=_uid("series", content),
        study_uid=study.uid,
        pixels="",
        geometry=turned_for_reading(volume.geometry, plane),
        plane=plane,
        weighting=weighting_of(Timing(None, None, description=stem)),
        description=stem,
    )
    data_path = None if layout.data_path == path else layout.data_path
    return VolumeHeader(Patient(patient_id), study, series, data_path)


def read_volume_file(path: Path) -> Volume:
    """Reads a volume, turned for reading.

    Whole numbers keep their type; others, and those that the file rescales, become float32.

    Raises:
        InputError: As :func:`read_volume_header`; the content isn't looked at for labels.
    """
    volume = _read(path, _checked_layout(path))
    return volume.in_reading_orientation(_plane(volume.geometry))


def _checked_layout(path: Path) -> VolumeLayout:
    read_layout = _FORMATS[volume_ending(path.name)][0]
    try:
        layout = read_layout(path)
        layout.check()
    except OSError as error:
        raise InputError("It can't be opened: check that reading it is permitted.") from error
    return layout


def _read(path: Path, layout: VolumeLayout) -> Volume:
    import SimpleITK

    sitk: Any = SimpleITK  # it has no types
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        with _set_apart(path, layout) as readable:
            # The reader is named, lest another one tries its luck on an untrusted file.
            image = sitk.ReadImage(str(readable), imageIO=_FORMATS[volume_ending(path.name)][1])
    # It raises RuntimeError for everything, with the path in its text.
    except RuntimeError as error:
        raise InputError("It is damaged: export or copy it again.") from error
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise InputError("It holds colours or several values a pixel, and is no MR image.")
    affine = _affine(image)
    layout.check_agrees(image.GetSize(), affine)
    pixels = sitk.GetArrayFromImage(image)
    del image
    if pixels.dtype.kind == "f":
        pixels = pixels.astype(np.float32, copy=False)
        if not np.isfinite(pixels).all():
            raise InputError("Some of its pixels are no numbers: export it again.")
    shape = (pixels.shape[0], pixels.shape[1], pixels.shape[2])
    return Volume(pixels, VolumeGeometry.from_matrix(affine, shape))


@contextlib.contextmanager
def _set_apart(path: Path, layout: VolumeLayout) -> Iterator[Path]:
    """A path that SimpleITK reads rightly.

    Names that are no text end the program in it; endings in mixed case it doesn't know; and the
    pixels of ``a.nii.gz`` it takes from ``a.nii`` if that lies beside it (2.5.7).
    """
    ending = volume_ending(path.name)
    is_text = str(path).encode("utf-8", "replace").decode("utf-8") == str(path)
    has_double = ending == ".nii.gz" and any(
        path.with_name(path.name[: -len(ending)] + other).exists() for other in (".nii", ".NII")
    )
    if is_text and path.name.endswith((ending, ending.upper())) and not has_double:
        yield path
        return
    if layout.data_path != path:
        raise InputError("Its name or its folder's name can't be read here: rename it.")
    with tempfile.TemporaryDirectory(prefix="spinegrader-import-") as folder:
        alone = Path(folder) / f"volume{ending}"
        try:
            alone.symlink_to(path.absolute())
        # Windows lets not everybody make links.
        except OSError:
            shutil.copyfile(path, alone)
        yield alone


def _affine(image: Any) -> FloatArray:  # noqa: ANN401 - it has no types
    """4 x 4: SimpleITK's world is LPS for all of these formats."""
    affine: FloatArray = np.eye(4, dtype=np.float64)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.asarray(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return affine


def _plane(geometry: VolumeGeometry) -> Plane:
    """Across the axis of the largest spacing; sagittal where no axis stands out."""
    spacing = np.asarray(geometry.spacing_mm)
    widest = int(spacing.argmax())
    if spacing[widest] <= _MUCH_LARGER * np.delete(spacing, widest).max():
        return Plane.SAGITTAL
    return plane_of(geometry.directions[:, widest])


def _check_shows_something(pixels: npt.NDArray[Any], *, is_called_labels: bool) -> None:
    # Whole slices, so that neighbours stay neighbours.
    step = max(1, pixels.size // _PIXELS_LOOKED_AT)
    seen = pixels[:: min(step, pixels.shape[0])]
    if seen.min() == seen.max() and pixels.min() == pixels.max():
        raise InputError(
            _LABEL_MAP if is_called_labels else "All its pixels are alike: it is empty."
        )
    if seen.min() < 0 or seen.max() > _LARGEST_LABEL:
        return
    left, right = seen[..., :-1], seen[..., 1:]
    is_shown = (left != 0) | (right != 0)
    shown = max(1, int(np.count_nonzero(is_shown)))
    alike = int(np.count_nonzero((left == right) & is_shown)) / shown
    if alike < (_ALIKE_SHARE_IF_SAID if is_called_labels else _ALIKE_SHARE):
        return
    values = np.unique(seen)
    if len(values) <= _MOST_LABELS and (values == np.rint(values)).all():
        raise InputError(_LABEL_MAP)


def _content_hash(path: Path, layout: VolumeLayout) -> str:
    digest = hashlib.sha256()
    for part in dict.fromkeys((path, layout.data_path)):
        with part.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _uid(*parts: str) -> str:
    """The same UID for the same parts, from a UUID (DICOM PS3.5, section B.2)."""
    digest = hashlib.sha256("\0".join(("spinegrader", *parts)).encode("utf-8", "surrogatepass"))
    return f"2.25.{uuid.UUID(bytes=digest.digest()[:16], version=5).int}"
