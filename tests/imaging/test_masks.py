"""Label maps of other tools give back the quads that they were painted from."""

from functools import cache

import numpy as np
import pytest
import SimpleITK
from scipy import ndimage

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.errors import InputError
from spinegrader.imaging.mask_conventions import Convention
from spinegrader.imaging.mask_files import read_label_map
from spinegrader.imaging.masks import MaskRequest, read_mask
from tests.imaging.painted_masks import LUMBAR, grid, labels_of, painted, spine, write_map

_L = VertebraLevel
_CORNER_MM = 1.5
_SLICE_MM = 2.3
"""Half a slice: a disc, from which S1 may come, lies midway between its vertebrae."""

SERIES = grid((0.9, 0.9, 4.4))


@cache
def _usual(convention):
    return painted(spine(), SERIES, convention)


def usual(convention):
    """The usual spine on the series' own grid."""
    return _usual(convention).copy()


def oblique():
    a, b = np.radians(9.0), np.radians(-7.0)
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return about_z @ about_x


def assert_same(found, bones, turn=None, corner_mm=_CORNER_MM):
    """Same levels; corners and, apart from them, the slice that they lie on."""
    assert [item.level for item in found] == [bone.level for bone in bones]
    for item, bone in zip(found, bones, strict=True):
        truth = np.asarray(bone.vertebra(turn).corners_mm)
        away = np.asarray(item.corners_mm) - truth
        left = np.array([1.0, 0, 0]) if turn is None else turn[:, 0]
        assert np.abs(away @ left).max() < _SLICE_MM, f"{item.level}: slice {away @ left}"
        in_plane = np.linalg.norm(away - np.outer(away @ left, left), axis=1)
        assert in_plane.max() < corner_mm, f"{item.level}: corners off by {in_plane.round(2)} mm"


@pytest.mark.parametrize(
    ("convention", "shape"),
    [
        (Convention.TOTALSPINESEG, "sagittal"),
        (Convention.TOTALSPINESEG, "isotropic"),
        (Convention.SPINEPS, "sagittal"),
        (Convention.SPINEPS, "isotropic"),
        (Convention.SPIDER, "sagittal"),
    ],
)
def test_quads_come_back(tmp_path, convention, shape):
    bones = spine(scoliosis_mm=6.0)
    place = SERIES if shape == "sagittal" else grid((1.3, 1.3, 1.3), order="ras")
    labels = painted(bones, place, convention)
    path = write_map(tmp_path / "map.nii.gz", labels, place)
    found = read_mask(MaskRequest(path, SERIES))
    assert found.convention is convention
    assert found.warnings == ()
    assert_same(found.vertebrae, bones)
    assert min(item.confidence for item in found.vertebrae) > 0.9


@pytest.mark.parametrize("name", ["m.mha", "m.nrrd", "m.mhd", "m.nii"])
def test_every_format_says_the_same(tmp_path, name):
    path = write_map(tmp_path / name, usual(Convention.SPIDER), SERIES)
    assert_same(read_mask(MaskRequest(path, SERIES)).vertebrae, spine())


def test_oblique_series_and_scoliosis(tmp_path):
    turn = oblique()
    bones = spine(scoliosis_mm=14.0, turn_degrees=12.0)
    place = grid((1.3, 1.3, 1.3), turn=turn, order="axial")
    labels = painted(bones, place, Convention.TOTALSPINESEG, turn)
    path = write_map(tmp_path / "map.mha", labels, place)
    found = read_mask(MaskRequest(path, grid((0.6, 0.7, 4.0), turn=turn)))
    assert_same(found.vertebrae, bones, turn, corner_mm=1.75)


def test_a_map_off_the_series_slices_is_read_in_millimetres(tmp_path):
    # The map's slices stand straight, the series' ones are turned against them.
    series = grid((0.6, 0.7, 4.0), turn=oblique())
    path = write_map(tmp_path / "map.mha", usual(Convention.SPIDER), SERIES)
    found = read_mask(MaskRequest(path, series))
    for item, bone in zip(found.vertebrae, spine(), strict=True):
        away_mm = np.linalg.norm(item.centre_mm - bone.vertebra().centre_mm)
        assert away_mm < 2.5, f"{item.level}: {away_mm:.1f} mm"
        slices = series.to_index(item.corners_mm)[:, 2]
        np.testing.assert_allclose(slices, slices[0], atol=1e-6)


def test_hollow_endplates_and_waists_keep_their_rims(tmp_path):
    bones = spine((_L.L2, _L.L3, _L.L4))
    place = grid((0.9, 0.9, 0.9), size_mm=(60, 100, 260))
    labels = painted(bones, place, Convention.SPIDER, hollow_mm=1.5)
    path = write_map(tmp_path / "map.mha", labels, place)
    found = read_mask(MaskRequest(path, SERIES))
    assert_same(found.vertebrae, bones, corner_mm=1.75)


def test_transitional_levels(tmp_path):
    levels = (_L.T12, _L.T13, _L.L1, _L.L2, _L.L3, _L.L4, _L.L5, _L.L6, _L.S1)
    bones = spine(levels)
    place = grid((1.4, 1.4, 1.4), size_mm=(76, 130, 330))
    path = write_map(tmp_path / "m.nii.gz", painted(bones, place, Convention.SPINEPS), place)
    found = read_mask(MaskRequest(path, place))
    assert_same(found.vertebrae, bones)


def test_bodies_joined_to_their_arches_in_the_mid_slice_are_parted(tmp_path):
    bones = spine()
    labels = usual(Convention.SPINEPS)
    # A bridge through the canal, as segmentations have where a slice cuts a pedicle.
    middle = SERIES.shape[0] // 2
    for bone in bones[:-1]:
        back, foot = bone.quad[[1, 2]].mean(axis=0)
        column, row, _ = SERIES.to_index((0, back, -foot)).round().astype(int)
        label = labels_of(Convention.SPINEPS)[0][bone.level]
        labels[middle - 1 : middle + 2, row - 4 : row + 4, column - 1 : column + 26] = label
    path = write_map(tmp_path / "map.mha", labels, SERIES)
    found = read_mask(MaskRequest(path, SERIES))
    assert_same(found.vertebrae[:-1], bones[:-1], corner_mm=2.0)


def test_central_slices_alone_suffice(tmp_path):
    bones = spine()
    thin = grid((0.9, 0.9, 2.0), size_mm=(14, 112, 290))
    path = write_map(tmp_path / "map.mha", painted(bones, thin, Convention.SPIDER), thin)
    assert_same(read_mask(MaskRequest(path, thin)).vertebrae, bones)


def test_one_side_cut_off_does_not_shift_the_middle(tmp_path):
    bones = spine()
    whole = usual(Convention.TOTALSPINESEG)
    first = 6  # ends some 9 mm to the right of the middle
    matrix = SERIES.matrix.copy()
    matrix[:3, 3] += first * matrix[:3, 2]
    shape = (SERIES.shape[0] - first, *SERIES.shape[1:])
    part = VolumeGeometry.from_matrix(matrix, shape)
    path = write_map(tmp_path / "map.mha", whole[first:], part)
    assert_same(read_mask(MaskRequest(path, part)).vertebrae, bones, corner_mm=2.2)


def test_cut_off_vertebrae_are_named_and_left_out(tmp_path):
    bones = spine()
    _, rows, _ = SERIES.shape
    centre = bones[0].vertebra().centre_mm
    top = round(SERIES.to_index(centre)[1])
    matrix = SERIES.matrix.copy()
    matrix[:3, 3] += top * matrix[:3, 1]
    part = VolumeGeometry.from_matrix(matrix, (SERIES.shape[0], rows - top, SERIES.shape[2]))
    labels = painted(bones, part, Convention.TOTALSPINESEG)
    found = read_mask(MaskRequest(write_map(tmp_path / "a.mha", labels, part), part))
    assert [item.level for item in found.vertebrae] == list(LUMBAR[1:])
    assert found.warnings == ("T11 was left out: the image cuts it off.",)
    labels = painted(bones, part, Convention.SPIDER)
    labels[labels == 7] = 107
    found = read_mask(MaskRequest(write_map(tmp_path / "b.mha", labels, part), part))
    assert [item.level for item in found.vertebrae] == list(LUMBAR[1:])
    assert found.warnings == ("T11 was left out: the image cuts it off.",)


def test_a_nearly_whole_partial_vertebra_is_kept_and_named(tmp_path):
    bones = spine()
    labels = usual(Convention.SPIDER)
    labels[labels == 7] = 107
    found = read_mask(MaskRequest(write_map(tmp_path / "m.mha", labels, SERIES), SERIES))
    assert_same(found.vertebrae, bones)
    assert found.warnings == ("T11 lies at the image's edge: check its corners.",)


def test_s1_needs_sacrum_or_disc(tmp_path):
    labels = usual(Convention.SPIDER)
    labels[labels == 201] = 0
    found = read_mask(MaskRequest(write_map(tmp_path / "m.mha", labels, SERIES), SERIES))
    assert [item.level for item in found.vertebrae] == list(LUMBAR[:-1])
    assert found.warnings == (
        "S1 was left out: neither the sacrum nor the disc above it is labelled.",
    )


def test_missing_and_unshapely_vertebrae_are_named(tmp_path):
    labels = usual(Convention.TOTALSPINESEG)
    labels[labels == 43] = 0
    speck = np.argwhere(labels == 42)
    labels[labels == 42] = 0
    labels[tuple(speck[len(speck) // 2])] = 42
    found = read_mask(MaskRequest(write_map(tmp_path / "m.mha", labels, SERIES), SERIES))
    assert {_L.L2, _L.L3}.isdisjoint(item.level for item in found.vertebrae)
    assert any(text.startswith("L2 was left out") for text in found.warnings)
    assert "Between L1 and L4, L2, L3 is missing: place it." in found.warnings


@pytest.mark.parametrize("patient", ["41", "129"])
def test_quads_follow_the_bodies_of_real_masks(tmp_path, real_data, patient):
    mask = real_data / f"spider/t2_space/{patient}_t2_SPACE_mask.nii.gz"
    image = SimpleITK.ReadImage(str(mask))
    labels = SimpleITK.GetImageFromArray(instances(SimpleITK.GetArrayFromImage(image)))
    labels.CopyInformation(image)
    SimpleITK.WriteImage(labels, str(tmp_path / "map.mha"))
    volume = read_label_map(tmp_path / "map.mha")
    found = read_mask(MaskRequest(tmp_path / "map.mha", volume.geometry))
    assert [item.level for item in found.vertebrae][-6:] == list(LUMBAR[2:])
    for item in found.vertebrae[:-1]:
        slices = volume.pixels[volume.geometry.nearest_slice(item.centre_mm)]
        label = labels_of(Convention.SPIDER)[0][item.level]
        border = (slices == label) & ~ndimage.binary_erosion(slices == label)
        corners = volume.geometry.to_index(item.corners_mm)[:, :2]
        along = np.linspace(0, 1, 30)[:, None]
        sides = [a + along * (b - a) for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)]
        column, row = np.rint(np.concatenate(sides)).astype(int).T
        away_mm = 0.469 * ndimage.distance_transform_edt(~border)[row, column]
        assert np.median(away_mm) < 1.0
        assert np.quantile(away_mm, 0.95) < 3.5


def instances(classes):
    """SPIDER's labels from its classes: 1 vertebra, 2 disc, 3 canal; rows run to the feet."""
    cores, count = ndimage.label(ndimage.binary_erosion(classes == 1, np.ones((1, 3, 3))))
    canal = [np.flatnonzero(row) for row in (classes == 3).any(axis=0)]
    bodies, behind = [], []
    for core in range(1, count + 1):
        if np.count_nonzero(cores == core) > 800:
            _, row, column = ndimage.center_of_mass(cores == core)
            there = canal[round(row)]
            in_front = there.size > 0 and column < there.min()
            (bodies if in_front else behind).append((row, core))
    bodies.sort(reverse=True)
    seeds = np.zeros(classes.shape, dtype=np.int32)
    for number, (_, core) in enumerate(bodies):
        seeds[cores == core] = number + 1
    for row, core in behind:
        nearest = min(range(len(bodies)), key=lambda i: abs(row - bodies[i][0] - 53))
        seeds[cores == core] = nearest + 1
    nearest = ndimage.distance_transform_edt(
        seeds == 0, return_distances=False, return_indices=True, sampling=(1.8, 0.47, 0.47)
    )
    labels = np.where(classes == 1, seeds[tuple(nearest)], 0).astype(np.uint16)
    discs, count = ndimage.label(classes == 2)
    rows = sorted(
        (-ndimage.center_of_mass(discs == disc)[1], disc)
        for disc in range(1, count + 1)
        if np.count_nonzero(discs == disc) > 400
    )
    for number, (_, disc) in enumerate(rows):
        labels[discs == disc] = 201 + number
    labels[classes == 3] = 100
    return labels


# -- which convention -----------------------------------------------------------------------


def read(tmp_path, labels, told=None, name="m.mha"):
    return read_mask(MaskRequest(write_map(tmp_path / name, labels, SERIES), SERIES, told))


def renamed(labels, names):
    """The map with other labels; those without a new one vanish."""
    table = np.zeros(int(labels.max()) + 1, dtype=np.uint16)
    for old, new in names.items():
        table[old] = new
    return table[labels]


def test_vertebrae_alone_are_told_apart_by_their_order(tmp_path):
    labels = usual(Convention.SPIDER)
    upward = renamed(labels, {number: number for number in range(1, 8)})
    assert read(tmp_path, upward).convention is Convention.SPIDER
    downward = renamed(labels, {number: 8 - number for number in range(1, 8)})
    with pytest.raises(InputError, match=r"SPINEPS, this label map .* no vertebra from T9 to S1"):
        read(tmp_path, downward)


def test_what_fits_two_conventions_is_asked(tmp_path):
    labels = usual(Convention.SPINEPS)
    few = renamed(labels, {number: number for number in range(21, 25)})
    with pytest.raises(InputError, match="fit TotalSpineSeg or SPINEPS: say which"):
        read(tmp_path, few)
    found = read(tmp_path, few, Convention.SPINEPS)
    assert [item.level for item in found.vertebrae] == [_L.L2, _L.L3, _L.L4, _L.L5]
    with pytest.raises(InputError, match="no vertebra from T9"):
        read(tmp_path, few, Convention.TOTALSPINESEG)


def test_a_told_convention_that_turns_the_spine_over_is_refused(tmp_path):
    # Early TotalSpineSeg counted L5 = 18 upward: its numbers are thoracic ones of SPINEPS.
    labels = usual(Convention.SPIDER)
    early = renamed(labels, {number: 17 + number for number in range(1, 8)})
    with pytest.raises(InputError, match="don't stand in their order"):
        read(tmp_path, early, Convention.SPINEPS)
    with pytest.raises(InputError, match="no vertebra from T9 to S1"):
        read(tmp_path, early)


def test_maps_without_levels_are_refused_in_words(tmp_path):
    labels = usual(Convention.TOTALSPINESEG)
    classes = np.zeros_like(labels)
    classes[labels > 2], classes[labels == 2] = 1, 3
    classes[labels > 60] = 2
    with pytest.raises(InputError, match="fit none of"):
        read(tmp_path, classes)
    parts = renamed(labels, {41: 41, 42: 49, 43: 50, 50: 26, 2: 61, 100: 100})
    with pytest.raises(InputError, match="seg-vert"):
        read(tmp_path, parts)
    with pytest.raises(InputError, match="every voxel is 0"):
        read(tmp_path, np.zeros_like(labels))


def test_unknown_labels_are_passed_over_where_the_convention_is_told(tmp_path):
    labels = usual(Convention.TOTALSPINESEG)
    labels[0, :4, :4] = 77 + 300
    found = read(tmp_path, labels, Convention.TOTALSPINESEG)
    assert len(found.vertebrae) == len(LUMBAR)
    assert found.warnings == ("TotalSpineSeg has no such labels; they were passed over: 377.",)


# -- place ----------------------------------------------------------------------------------


def test_a_map_of_another_place_is_refused(tmp_path):
    path = write_map(tmp_path / "m.mha", usual(Convention.SPIDER), SERIES)
    matrix = SERIES.matrix.copy()
    matrix[:3, 3] += (0, 0, 600)
    with pytest.raises(InputError, match=r"m\.mha doesn't lie on this series but some \d+ mm"):
        read_mask(MaskRequest(path, VolumeGeometry.from_matrix(matrix, SERIES.shape)))


@pytest.mark.parametrize("convention", list(Convention))
def test_a_map_turned_back_to_front_or_upside_down_is_refused(tmp_path, convention):
    labels = usual(convention)
    with pytest.raises(InputError, match="back to front"):
        read(tmp_path, labels[:, :, ::-1].copy())
    with pytest.raises(InputError, match="their order"):
        read(tmp_path, labels[:, ::-1].copy())


def test_only_vertebrae_on_the_series_come_in(tmp_path):
    path = write_map(tmp_path / "m.mha", usual(Convention.SPIDER), SERIES)
    half = VolumeGeometry.from_matrix(SERIES.matrix, (SERIES.shape[0], 158, SERIES.shape[2]))
    found = read_mask(MaskRequest(path, half))
    assert [item.level for item in found.vertebrae][-1] == _L.L2
    assert "L5 was left out: it lies beside this series." in found.warnings


# -- files ----------------------------------------------------------------------------------


def small(tmp_path, name, pixels):
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(pixels), str(tmp_path / name))
    return MaskRequest(tmp_path / name, SERIES)


@pytest.mark.parametrize(
    ("pixels", "sentence"),
    [
        (np.full((3, 4, 5), 0.5, dtype=np.float32), "not whole numbers"),
        (np.full((3, 4, 5), np.nan, dtype=np.float32), "no numbers"),
        (np.full((3, 4, 5), -3, dtype=np.int16), "values run from -3"),
        (np.ones((2, 3, 4, 5), dtype=np.uint8), "dimension|several values"),
        (np.ones((4, 5), dtype=np.uint8), "dimension|several values"),
    ],
)
def test_what_is_no_label_map_is_refused(tmp_path, pixels, sentence):
    with pytest.raises(InputError, match=sentence):
        read_mask(small(tmp_path, "map.mha", pixels))


def test_files_that_cannot_be_read(tmp_path):
    for name in ("empty.nii.gz", "empty.mha", "empty.nrrd", "empty.mhd", "image.dcm"):
        (tmp_path / name).write_bytes(b"")
        with pytest.raises(InputError, match=name):
            read_mask(MaskRequest(tmp_path / name, SERIES))
    with pytest.raises(InputError, match=r"gone\.nii can't be used .* opened"):
        read_mask(MaskRequest(tmp_path / "gone.nii", SERIES))
    whole = write_map(tmp_path / "m.nii", usual(Convention.SPIDER), SERIES)
    whole.write_bytes(whole.read_bytes()[:-5000])
    with pytest.raises(InputError, match="fewer pixels"):
        read_mask(MaskRequest(whole, SERIES))


def test_headers_may_not_take_pixels_from_elsewhere(tmp_path):
    (tmp_path / "inner").mkdir()
    write_map(tmp_path / "m.mhd", usual(Convention.SPIDER), SERIES)
    header = (tmp_path / "m.mhd").read_text()
    for target in ("../m.zraw", str(tmp_path / "m.zraw"), "C:\\m.zraw", "LIST"):
        moved = header.replace("= m.zraw", f"= {target}")
        assert moved != header
        (tmp_path / "inner" / "m.mhd").write_text(moved)
        with pytest.raises(InputError, match=r"outside its own folder|several files"):
            read_mask(MaskRequest(tmp_path / "inner" / "m.mhd", SERIES))


def test_a_header_that_promises_a_bomb_is_refused_unread(tmp_path):
    head = (
        "ObjectType = Image\nNDims = 3\nDimSize = 60000 60000 60000\n"
        "ElementSpacing = 1 1 1\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\n"
        "ElementType = MET_USHORT\nElementDataFile = LOCAL\n"
    )
    (tmp_path / "bomb.mha").write_text(head)
    with pytest.raises(InputError, match="GB of pixels"):
        read_mask(MaskRequest(tmp_path / "bomb.mha", SERIES))


def test_nifti_without_place_is_refused(tmp_path):
    path = write_map(tmp_path / "m.nii", usual(Convention.SPIDER), SERIES)
    raw = bytearray(path.read_bytes())
    raw[252:256] = bytes(4)  # qform_code and sform_code
    path.write_bytes(raw)
    with pytest.raises(InputError, match="doesn't say how it lies"):
        read_mask(MaskRequest(path, SERIES))
