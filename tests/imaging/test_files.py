"""Volumes of NIfTI, MetaImage and NRRD keep every pixel at its place, or don't come in."""

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import SimpleITK
from scipy.spatial.transform import Rotation

from spinegrader.domain.study import Plane, Weighting
from spinegrader.errors import InputError
from spinegrader.imaging.files import (
    VolumeHeader,
    is_volume_file,
    read_volume_file,
    read_volume_header,
)

sitk = SimpleITK
SIZE = (6, 5, 4)
SPACING = (0.5, 0.6, 4.0)
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def noise(size: tuple[int, int, int] = SIZE, top: int = 3000) -> npt.NDArray[np.int16]:
    """Shape (slices, rows, columns)."""
    return np.random.default_rng(3).integers(0, top, size[::-1]).astype(np.int16)


def oblique(handed: int = 1) -> npt.NDArray[np.float64]:
    """Sagittal RAS affine, (column, row, slice) to millimetres, turned about two axes."""
    steps = np.array([[0, 0, 1], [-1, 0, 0], [0, -1, 0]]) @ np.diag([1, 1, handed])
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("zx", [9, -7], degrees=True).as_matrix() @ steps * SPACING
    matrix[:3, 3] = (12.0, 80.0, 55.0)
    return matrix


def nifti(path: Path, sform: npt.NDArray[np.float64] | None = None, **changes: object) -> Path:
    """A NIfTI-1 file written field by field, so that SimpleITK isn't asked about itself."""
    told = {
        "dim": (3, *SIZE, 1, 1, 1, 1), "datatype": (4, 16), "pixdim": (1, *SPACING),
        "offset": (352.0,), "slope": (0.0, 0.0), "codes": (0, 0 if sform is None else 1),
        "quaternion": (0.0, 0.0, 0.0), "origin": (0.0, 0.0, 0.0), "pixels": noise().tobytes(),
        "order": "<", "units": 2,
    } | changes  # fmt: skip
    order = told["order"]
    header = bytearray(352)
    for at, kind, values in (
        (0, "i", (348,)), (40, "8h", told["dim"]), (70, "2h", told["datatype"]),
        (76, "4f", told["pixdim"]), (108, "f", told["offset"]), (112, "2f", told["slope"]),
        (252, "2h", told["codes"]), (256, "3f", told["quaternion"]), (268, "3f", told["origin"]),
    ):  # fmt: skip
        struct.pack_into(f"{order}{kind}", header, at, *values)
    header[123] = told["units"]
    if sform is not None:
        struct.pack_into(f"{order}12f", header, 280, *sform[:3].ravel())
    header[344:348] = b"n+1\0"
    content = bytes(header) + told["pixels"]
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def written(path: Path, pixels: npt.NDArray[np.generic], *, packed: bool = False) -> Path:
    """The oblique stack, as SimpleITK writes it."""
    image = sitk.GetImageFromArray(pixels)
    affine = RAS_TO_LPS @ oblique()
    image.SetSpacing(SPACING)
    image.SetOrigin(affine[:3, 3])
    image.SetDirection((affine[:3, :3] / SPACING).ravel())
    sitk.WriteImage(image, str(path), packed)
    return path


def header_of(path: Path, name: str = "") -> VolumeHeader:
    return read_volume_header((path, name or path.name))


def assert_places(path: Path, affine: npt.NDArray[np.float64], plane: Plane) -> None:
    """Every pixel of the file is found where its own affine (LPS) puts it."""
    pixels = noise()
    volume = read_volume_file(path)
    assert volume.geometry == header_of(path).series.geometry
    assert header_of(path).series.plane is plane
    for index in np.ndindex(*pixels.shape):
        place = affine @ (*index[::-1], 1)
        column, row, slice_ = np.rint(volume.geometry.to_index(place[:3])).astype(int)
        assert volume.pixels[slice_, row, column] == pixels[index]
        np.testing.assert_allclose(
            volume.geometry.to_mm((column, row, slice_)), place[:3], atol=1e-3
        )


@pytest.mark.parametrize("handed", [1, -1])
@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_sform_arrives_in_lps(tmp_path: Path, handed: int, ending: str) -> None:
    affine = oblique(handed)
    assert np.sign(np.linalg.det(affine[:3, :3])) == handed
    path = nifti(tmp_path / f"a.{ending}", affine)
    assert_places(path, RAS_TO_LPS @ affine, Plane.SAGITTAL)


@pytest.mark.parametrize("handed", [1, -1])
def test_qform_arrives_in_lps(tmp_path: Path, handed: int) -> None:
    turn = Rotation.from_euler("xyz", [20, -30, 40], degrees=True)
    x, y, z, w = turn.as_quat()
    affine = np.eye(4)
    affine[:3, :3] = turn.as_matrix() * SPACING @ np.diag([1, 1, handed])
    affine[:3, 3] = (3, -4, 5)
    path = nifti(
        tmp_path / "a.nii",
        codes=(1, 0),
        pixdim=(handed, *SPACING),
        quaternion=tuple(np.sign(w) * np.array([x, y, z])),
        origin=(3, -4, 5),
    )
    assert_places(path, RAS_TO_LPS @ affine, Plane.AXIAL)


def test_big_endian_nifti(tmp_path: Path) -> None:
    pixels = noise().astype(">i2").tobytes()
    path = nifti(tmp_path / "a.nii", oblique(), order=">", pixels=pixels)
    assert_places(path, RAS_TO_LPS @ oblique(), Plane.SAGITTAL)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("ending", ["mha", "mhd", "nrrd", "nhdr", "nii", "nii.gz"])
def test_formats_agree(tmp_path: Path, ending: str, packed: bool) -> None:
    path = written(tmp_path / f"a.{ending}", noise(), packed=packed)
    assert is_volume_file(path)
    assert_places(path, RAS_TO_LPS @ oblique(), Plane.SAGITTAL)


@pytest.mark.parametrize("space", ["RAS", "right-anterior-superior", "LAS", "LPS"])
def test_nrrd_spaces_are_turned_to_lps(tmp_path: Path, space: str) -> None:
    lps = RAS_TO_LPS @ oblique()
    letters = space if len(space) == 3 else "RAS"
    signs = np.diag([1 if letters[0] == "L" else -1, 1 if letters[1] == "P" else -1, 1.0, 1.0])
    told = signs @ lps
    vectors = " ".join(f"({x:.12g},{y:.12g},{z:.12g})" for x, y, z in told[:3, :3].T)
    origin = ",".join(f"{value:.12g}" for value in told[:3, 3])
    head = (
        f"NRRD0004\ntype: short\ndimension: 3\nspace: {space}\nsizes: 6 5 4\n"
        f"space directions: {vectors}\nspace origin: ({origin})\nendian: little\nencoding: raw\n\n"
    )
    path = tmp_path / "a.nrrd"
    path.write_bytes(head.encode() + noise().tobytes())
    assert_places(path, lps, Plane.SAGITTAL)


def test_slice_axis_is_the_widest_else_sagittal(tmp_path: Path) -> None:
    for spacing, plane in (
        ((4.0, 0.5, 0.5), Plane.SAGITTAL),
        ((0.5, 4.0, 0.5), Plane.CORONAL),
        ((0.5, 0.5, 4.0), Plane.AXIAL),
        ((0.9, 1.0, 1.1), Plane.SAGITTAL),
    ):
        path = nifti(tmp_path / "a.nii", np.diag([*spacing, 1.0]), pixdim=(1, *spacing))
        header = header_of(path)
        assert header.series.plane is plane
        assert read_volume_file(path).geometry == header.series.geometry


def test_types_survive(tmp_path: Path) -> None:
    assert read_volume_file(written(tmp_path / "a.mha", noise())).pixels.dtype == np.int16
    wide = written(tmp_path / "b.mha", noise().astype(np.float64) + 0.25)
    assert read_volume_file(wide).pixels.dtype == np.float32
    small = written(tmp_path / "c.nii.gz", noise(top=256).astype(np.uint8))
    assert read_volume_file(small).pixels.dtype == np.uint8


def test_rescaled_nifti(tmp_path: Path) -> None:
    path = nifti(tmp_path / "a.nii", np.diag([*SPACING, 1.0]), slope=(2.0, -5.5))
    pixels = read_volume_file(path).pixels
    assert pixels.dtype == np.float32
    np.testing.assert_allclose(np.sort(pixels.ravel()), np.sort(noise().ravel() * 2.0 - 5.5))


SHEARED = oblique() @ np.array([[1, 0.05, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
NIFTI_REFUSALS: dict[str, tuple[dict[str, object], str]] = {
    "neither form": ({"sform": None}, "how it lies"),
    "sheared": ({"sform": SHEARED}, "perpendicular"),
    "sform is no number": ({"sform": oblique() * np.nan}, "no number"),
    "sform is zero": ({"sform": np.zeros((4, 4))}, "zero"),
    "sform and spacing differ": ({"pixdim": (1, 1, 1, 2)}, "contradicts itself"),
    "spacing zero": ({"pixdim": (1, 0, 0, 0)}, "contradicts itself"),
    "qform spacing zero": ({"sform": None, "codes": (1, 0), "pixdim": (1, 0, 1, 1)}, "zero"),
    "qform spacing no number": (
        {"sform": None, "codes": (1, 0), "pixdim": (1, np.nan, 1, 1)},
        "no number",
    ),
    "qform spacing negative": (
        {"sform": None, "codes": (1, 0), "pixdim": (1, -0.5, 1, 1)},
        "negative",
    ),
    "left and right contradict": (
        {"sform": np.diag([-0.5, 0.6, 4, 1]), "codes": (1, 1)},
        "contradict each other",
    ),
    "two-dimensional": ({"dim": (2, 6, 5, 1, 1, 1, 1, 1)}, "dimensions"),
    "a series in time": (
        {"dim": (4, 6, 5, 4, 2, 1, 1, 1), "pixels": noise().tobytes() * 2},
        "dimensions",
    ),
    "colours": ({"datatype": (128, 24), "pixels": bytes(360)}, "colours"),
    "truncated": ({"pixels": noise().tobytes()[:-1]}, "fewer pixels"),
    "absurd size": ({"dim": (3, 32000, 32000, 32000, 1, 1, 1, 1)}, "more than a medical image"),
    "negative size": ({"dim": (3, -6, 5, 4, 1, 1, 1, 1)}, "no pixels"),
    "absurd offset": ({"offset": (1e30,)}, "damaged"),
    "unknown unit": ({"units": 5}, "millimetres"),
}


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
@pytest.mark.parametrize("case", NIFTI_REFUSALS)
def test_nifti_is_never_guessed(tmp_path: Path, case: str, ending: str) -> None:
    changes, words = NIFTI_REFUSALS[case]
    path = nifti(tmp_path / f"a.{ending}", **({"sform": oblique()} | changes))
    with pytest.raises(InputError, match=words):
        header_of(path)
    with pytest.raises(InputError):
        read_volume_file(path)


META = (
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
    "TransformMatrix = 0 1 0 0 0 -1 1 0 0\nOffset = 1 2 3\nElementSpacing = 0.5 0.6 4\n"
    "DimSize = 6 5 4\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
)
META_REFUSALS = {
    "no spacing": ("ElementSpacing = 0.5 0.6 4\n", "", "ElementSpacing"),
    "size of an element only": ("ElementSpacing", "ElementSize", "ElementSpacing"),
    "no direction": ("TransformMatrix = 0 1 0 0 0 -1 1 0 0\n", "", "TransformMatrix"),
    "no position": ("Offset = 1 2 3\n", "", "Offset"),
    "spacing told twice": ("Offset", "ElementSpacing = 1 1 1\nOffset", "damaged"),
    "comma decimals": ("0.5 0.6 4", "0,5 0,6 4", "damaged"),
    "spacing no number": ("0.5 0.6 4", "nan 0.6 4", "no number"),
    "spacing negative": ("0.5 0.6 4", "-0.5 0.6 4", "negative"),
    "spacing zero": ("0.5 0.6 4", "0 0.6 4", "zero"),
    "sheared": ("0 1 0 0 0 -1", "0 1 0 0 0.6 -0.8", "perpendicular"),
    "fields parted otherwise": ("Offset", "ElementDataFile : x = y\nOffset", "damaged"),
    "directions not of length 1": ("0 1 0 0 0 -1", "0 2 0 0 0 -1", "perpendicular|contradicts"),
    "two values a pixel": ("ElementType", "ElementNumberOfChannels = 2\nElementType", "colours"),
    "two-dimensional": ("NDims = 3", "NDims = 2", "three-dimensional"),
    "more pixels promised": ("6 5 4", "6 5 5", "fewer pixels"),
    "absurd size": ("6 5 4", "99999 99999 99999", "more than a medical image"),
    "pixels as text": ("BinaryData = True", "BinaryData = False", "text"),
    "climbs out": ("LOCAL", "../outside.raw", "outside its own folder"),
    "climbs out by Windows' slashes": ("LOCAL", "..\\outside.raw", "not beside it|outside"),
    "absolute": ("LOCAL", "/etc/hostname", "outside its own folder"),
    "absolute on Windows": ("LOCAL", "C:\\outside.raw", "outside its own folder"),
    "link out": ("LOCAL", "link.raw", "outside its own folder"),
    "several files": ("LOCAL", "LIST", "several files"),
    "several files by number": ("LOCAL", "s%d.raw 0 3 1", "several files"),
    "nowhere": ("LOCAL", "gone.raw", "not beside it"),
    "no pixels named": ("ElementDataFile = LOCAL\n", "", "damaged"),
}


@pytest.mark.parametrize("case", META_REFUSALS)
def test_meta_image_is_never_guessed(tmp_path: Path, case: str) -> None:
    old, new, words = META_REFUSALS[case]
    assert old in META
    folder = tmp_path / "in"
    folder.mkdir()
    outside = tmp_path / "outside.raw"
    outside.write_bytes(noise().tobytes())
    (folder / "link.raw").symlink_to(outside)
    path = folder / "a.mha"
    path.write_bytes(META.encode() + noise().tobytes())
    assert header_of(path).series.plane is Plane.SAGITTAL
    path.write_bytes(META.replace(old, new, 1).encode() + noise().tobytes())
    with pytest.raises(InputError, match=words):
        header_of(path)


NRRD = (
    "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 6 5 4\n"
    "space directions: (0,0.5,0) (0,0,-0.6) (4,0,0)\nspace origin: (1,2,3)\nendian: little\n"
    "encoding: raw\n\n"
)
NRRD_REFUSALS = {
    "no space": ("space: left-posterior-superior\n", "", "how it lies"),
    "the scanner's space": ("left-posterior-superior", "scanner-xyz", "how it lies"),
    "spacings only": (
        "space directions: (0,0.5,0) (0,0,-0.6) (4,0,0)\n",
        "spacings: 0.5 0.6 4\n",
        "how it lies",
    ),
    "no origin": ("space origin: (1,2,3)\n", "", "how it lies"),
    "micrometres": ("endian", 'space units: "um" "um" "um"\nendian', "millimetres"),
    "sheared": ("(4,0,0)", "(4,1,0)", "perpendicular"),
    "zero": ("(4,0,0)", "(0,0,0)", "zero"),
    "no number": ("(4,0,0)", "(nan,nan,nan)", "no number"),
    "comma decimals": ("(0,0.5,0)", "(0,0,5,0)", "no number"),
    "vectors": ("(4,0,0)", "none", "several values"),
    "bytes left out": ("endian", "byte skip: -1\nendian", "rare way"),
    "as text": ("encoding: raw", "encoding: ascii", "rare way"),
    "climbs out": ("\n\n", "\ndata file: ../outside.raw\n\n", "outside its own folder"),
    "several files": ("\n\n", "\ndata file: LIST\na.raw\n\n", "several files|damaged"),
    "more pixels promised": ("6 5 4", "6 5 5", "fewer pixels"),
    "climbs out by a doubtful line": ("endian", "data file: ../a:=b\nendian", "outside"),
    "no end": ("\n\n", "", "damaged|rare way"),
}


@pytest.mark.parametrize("case", NRRD_REFUSALS)
def test_nrrd_is_never_guessed(tmp_path: Path, case: str) -> None:
    old, new, words = NRRD_REFUSALS[case]
    assert old in NRRD
    path = tmp_path / "a.nrrd"
    path.write_bytes(NRRD.encode() + noise().tobytes())
    assert header_of(path).series.plane is Plane.SAGITTAL
    path.write_bytes(NRRD.replace(old, new, 1).encode() + noise().tobytes())
    with pytest.raises(InputError, match=words):
        header_of(path)


def _without_end(content: bytes) -> bytes:
    return content[:-40]


def _with_a_flipped_byte(content: bytes) -> bytes:
    middle = len(content) * 2 // 3
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [_without_end, _with_a_flipped_byte])
@pytest.mark.parametrize("ending", ["mhd", "nrrd", "nii.gz"])
def test_packed_pixels_that_are_damaged(
    tmp_path: Path, ending: str, damage: Callable[[bytes], bytes]
) -> None:
    path = written(tmp_path / f"a.{ending}", noise(), packed=True)
    holder = header_of(path).data_path or path
    holder.write_bytes(damage(holder.read_bytes()))
    with pytest.raises(InputError, match=r"damaged|fewer pixels|incomplete"):
        header_of(path)


@pytest.mark.parametrize("ending", ["mha", "mhd", "nrrd", "nhdr", "nii", "nii.gz"])
def test_empty_and_cut_files(tmp_path: Path, ending: str) -> None:
    whole = written(tmp_path / f"whole.{ending}", noise()).read_bytes()
    for length in (0, 1, 3, 30, 130, len(whole) // 2):
        path = tmp_path / f"a.{ending}"
        path.write_bytes(whole[:length])
        if ending not in ("mhd", "nhdr") or length < len(whole) // 2:
            with pytest.raises(InputError):
                header_of(path)


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    dim = (3, 2000, 2000, 300, 1, 1, 1, 1)
    path = nifti(tmp_path / "a.nii.gz", oblique(), dim=dim, pixels=bytes(1_000_000))
    with pytest.raises(InputError, match=r"2\.4 GB of pixels"):
        header_of(path)


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_more_than_promised_is_refused(tmp_path: Path, ending: str) -> None:
    for surplus in (1, 5_000_000):
        pixels = noise().tobytes() + bytes(surplus)
        with pytest.raises(InputError, match="more pixels"):
            header_of(nifti(tmp_path / f"a.{ending}", oblique(), pixels=pixels))


@pytest.mark.parametrize(
    ("old", "new"),
    [("CompressedDataSize = ", "CompressedDataSize = 1"), ("CompressedDataSize", "Size"),
     ("CompressedData = ", "Compressed = "), ("CompressedData = True", "CompressedData = False")],
)  # fmt: skip
def test_packed_meta_image_that_would_come_out_black(tmp_path: Path, old: str, new: str) -> None:
    path = written(tmp_path / "a.mha", blocks() + noise((50, 60, 12), 9), packed=True)
    assert header_of(path)
    content = path.read_bytes()
    assert old.encode() in content
    path.write_bytes(content.replace(old.encode(), new.encode(), 1))
    with pytest.raises(InputError, match=r"incomplete|pixels than"):
        header_of(path)


def test_one_patient_and_one_study_for_t1_and_t2(tmp_path: Path) -> None:
    t1 = header_of(written(tmp_path / "12_t1.mha", noise()))
    t2 = header_of(written(tmp_path / "12_t2.mha", noise() + 1))
    space = header_of(written(tmp_path / "12_t2_SPACE.mha", noise() + 2))
    other = header_of(written(tmp_path / "13_t2.mha", noise() + 3))
    assert {item.patient.id for item in (t1, t2, space)} == {"file-12"}
    assert len({item.study.uid for item in (t1, t2, space)}) == 1
    assert len({item.series.uid for item in (t1, t2, space, other)}) == 4
    assert (other.patient.id, other.study.uid == t1.study.uid) == ("file-13", False)
    assert (t1.series.weighting, t2.series.weighting) == (Weighting.T1, Weighting.T2)
    assert (t2.series.description, t2.study.date, t2.patient.name) == ("12_t2", None, "")


def test_bids_names(tmp_path: Path) -> None:
    path = written(tmp_path / "a.nii.gz", noise())
    names = (
        "sub-01_ses-1_T2w.nii.gz",
        "sub-01_ses-1_acq-sag_T1w.nii.gz",
        "sub-01_ses-2_T2w.nii.gz",
    )
    first, second, third = (header_of(path, f"bids/sub-01/anat/{name}") for name in names)
    assert first.patient.id == second.patient.id == third.patient.id == "file-sub-01"
    assert first.study.uid == second.study.uid != third.study.uid
    assert (first.study.description, third.study.description) == ("ses-1", "ses-2")
    assert second.series.weighting is Weighting.T1


def test_a_name_that_tells_no_person_joins_nobody(tmp_path: Path) -> None:
    one = written(tmp_path / "t2.nii.gz", noise())
    other = written(tmp_path / "other.nii.gz", noise() + 1)
    assert header_of(one, "anna/t2.nii.gz").patient.id == "file-anna"
    first, second = header_of(one, "t2.nii.gz"), header_of(other, "t2.nii.gz")
    assert first.patient.id != second.patient.id
    assert first.study.uid != second.study.uid


def test_the_same_file_has_the_same_uids(tmp_path: Path) -> None:
    path = written(tmp_path / "12_t2.mhd", noise())
    before = header_of(path)
    assert before == header_of(path)
    assert before.data_path == tmp_path.resolve() / "12_t2.raw"
    raw = bytearray(before.data_path.read_bytes())
    raw[7] ^= 1
    before.data_path.write_bytes(raw)
    assert header_of(path).series.uid != before.series.uid
    assert len(before.series.uid) <= 64


def test_packed_and_unpacked_side_by_side(tmp_path: Path) -> None:
    written(tmp_path / "a.nii", noise() + 1)
    assert_places(written(tmp_path / "a.nii.gz", noise()), RAS_TO_LPS @ oblique(), Plane.SAGITTAL)


def test_pixels_that_are_no_numbers(tmp_path: Path) -> None:
    pixels = noise().astype(np.float32)
    pixels[1, 2, 3] = np.nan
    with pytest.raises(InputError, match="no numbers"):
        header_of(written(tmp_path / "a.mha", pixels))


def blocks() -> npt.NDArray[np.uint8]:
    """A label map of some vertebrae, 12 x 60 x 50."""
    labels = np.zeros((12, 60, 50), dtype=np.uint8)
    for number in range(5):
        labels[3:9, 2 + 11 * number : 11 + 11 * number, 10:35] = 41 + number
    return labels


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.float32])
def test_label_maps_are_no_images(tmp_path: Path, kind: type[np.generic]) -> None:
    path = written(tmp_path / "12_t2.nii.gz", blocks().astype(kind))
    with pytest.raises(InputError, match=r"label map: .*Import label map"):
        header_of(path)
    empty = written(tmp_path / "12_t2_mask.nii.gz", np.zeros_like(blocks()))
    with pytest.raises(InputError, match="label map"):
        header_of(empty)
    with pytest.raises(InputError, match="alike"):
        header_of(empty, "12_t2.nii.gz")


def test_dark_images_with_few_values_are_images(tmp_path: Path) -> None:
    few = np.random.default_rng(1).integers(0, 6, (12, 60, 50)).astype(np.uint8)
    few[:, :, :20] = 0
    assert header_of(written(tmp_path / "12_t2_mask.nii.gz", few)).patient.id == "file-12"


def test_what_is_a_volume_file(tmp_path: Path) -> None:
    for name, content in (
        ("text.nii", b"hello"),
        ("empty.mha", b""),
        ("image.dcm", bytes(128) + b"DICM"),
        ("IM0001", b"NRRD0004"),
        ("a.nrrd", b"\x1f\x8b"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert not is_volume_file(path)
    assert not is_volume_file(tmp_path / "gone.nii")


def test_endings_in_capitals_and_odd_names(tmp_path: Path) -> None:
    for ending in ("nii.gz", "mha", "nrrd"):
        plain = written(tmp_path / f"a.{ending}", noise())
        for name in (
            f"A.{ending.upper()}",
            f"A.{ending.title()}",
            f"Größe 日本.{ending}",
            os.fsdecode(b"\xff.") + ending,
        ):
            odd = plain.rename(tmp_path / name)
            assert is_volume_file(odd)
            assert_places(odd, RAS_TO_LPS @ oblique(), Plane.SAGITTAL)
            plain = odd


def test_messages_hold_no_path(tmp_path: Path) -> None:
    path = tmp_path / "Meier_Anna.nii.gz"
    path.write_bytes(gzip.compress(b"nothing"))
    with pytest.raises(InputError) as caught:
        header_of(path)
    assert "Meier" not in caught.value.message
    assert "Meier" not in repr(caught.value.context)


def test_real_volumes_and_masks(real_data: Path) -> None:
    folder = real_data / "spider" / "t2_space"
    if not folder.is_dir():
        pytest.skip("no SPIDER volumes here")
    for path in sorted(folder.glob("*.nii.gz"))[:6]:
        if "mask" in path.name:
            with pytest.raises(InputError, match="label map"):
                header_of(path, "renamed_t2.nii.gz")
            continue
        header = header_of(path)
        assert header.patient.id == f"file-{path.name.split('_')[0]}"
        assert header.series.plane is Plane.SAGITTAL
        assert header.series.weighting is Weighting.T2
        assert header.series.geometry.spacing_mm == pytest.approx((0.46875, 0.46875, 1.8))
        assert read_volume_file(path).pixels.dtype == np.uint8
