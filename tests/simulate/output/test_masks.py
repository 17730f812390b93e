import gzip

import numpy as np
import pytest

from spinegrader.imaging.mask_conventions import Convention
from spinegrader.imaging.mask_files import read_label_map
from spinegrader.imaging.masks import MaskRequest, read_mask
from spinegrader.simulate.output.masks import label_map, write_nifti
from spinegrader.simulate.person.shapes import Variant
from spinegrader.simulate.visit import simulate_visit
from tests.simulate.output.conftest import oblique_geometry, planned_visit


def corners_off_mm(made, path):
    """By level, how far the corners that import reads lie from the true ones, the worst of four."""
    found = read_mask(MaskRequest(path, made.geometry))
    true = {item.level: np.array(item.corners_mm) for item in made.setup.vertebrae(made.spine)}
    off = {
        str(item.level): np.linalg.norm(item.corners_mm - true[item.level], axis=1)
        for item in found.vertebrae
        if item.level in true
    }
    return found.convention, off


def test_voxels_and_millimetres_come_back(tmp_path):
    rng = np.random.default_rng(3)
    geometry = oblique_geometry()
    labels = rng.integers(0, 100, geometry.shape).astype(np.uint8)
    write_nifti(tmp_path / "mask.nii.gz", labels, geometry)
    read = read_label_map(tmp_path / "mask.nii.gz")
    assert np.array_equal(read.pixels, labels)
    for index in ((0, 0, 0), (79, 95, 4)):
        assert read.geometry.to_mm(index) == pytest.approx(geometry.to_mm(index), abs=1e-3)


def test_the_program_reads_back_levels_and_corners(made, tmp_path):
    labels, names = label_map(made.labels, made.spine)
    write_nifti(tmp_path / "mask.nii.gz", labels, made.geometry)
    convention, off = corners_off_mm(made, tmp_path / "mask.nii.gz")
    assert convention is Convention.TOTALSPINESEG
    assert {"T12", "L1", "L2", "L3", "L4", "L5"} <= off.keys()
    assert np.median([off[name].mean() for name in off if name != "S1"]) < 2.5
    assert (names["L3"], names["L3/L4"], names["canal"], names["cord"]) == (43, 94, 2, 1)
    assert {43, 94, 2} <= set(np.unique(labels))


def test_a_sixth_lumbar_vertebra_is_named_in_a_convention_that_has_it(small_config, tmp_path):
    planned = next(
        visit
        for visit in map(planned_visit, range(20, 60))
        if visit.person().variant in (Variant.L6, Variant.T13)
    )
    made = simulate_visit(planned.person(), planned.age_years, planned.rng(), small_config)
    labels, names = label_map(made.labels, made.spine)
    write_nifti(tmp_path / "mask.nii.gz", labels, made.geometry)
    convention, off = corners_off_mm(made, tmp_path / "mask.nii.gz")
    assert convention is Convention.SPINEPS
    more = "L6" if "L6" in names else "T13"
    assert np.median(off[more]) < 4


def test_the_file_hangs_on_nothing_but_its_content(tmp_path):
    labels = np.zeros(oblique_geometry().shape, dtype=np.uint8)
    for name in ("a.nii.gz", "b.nii.gz"):
        write_nifti(tmp_path / name, labels, oblique_geometry())
    first, second = ((tmp_path / name).read_bytes() for name in ("a.nii.gz", "b.nii.gz"))
    assert first == second
    assert first[:10] == b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    assert len(gzip.decompress(first)) == 352 + labels.size
