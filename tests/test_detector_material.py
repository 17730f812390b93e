"""The pure parts of how the detector's material is made."""

from itertools import islice

import numpy as np
import pytest

from benchmarks.detector.loading import load_data
from benchmarks.detector.material_format import (
    BACKGROUND,
    BODY,
    CANAL,
    DISC,
    UNKNOWN,
    About,
    Material,
    as_images,
    as_masks,
    half_plane,
    level_class,
)
from benchmarks.detector.mid_slices import real_slices
from benchmarks.detector.registered_material import moved_masks, picture_of
from benchmarks.detector.registration import Laid
from benchmarks.detector.simulated_material import chosen_slices, class_of, masks_of
from benchmarks.detector.space_labels import in_front_of_canal, named_labels
from benchmarks.detector.space_material import spread
from benchmarks.detector.split import split
from benchmarks.measuring import BenchmarkError
from spinegrader.domain.anatomy import VertebraLevel

SPACING_MM = (2.0, 1.0, 1.0)


def block_spine():
    """Five slices: discs, bodies with pedicles beside the canal, and a crumb of canal in a disc."""
    tissues = np.zeros((5, 100, 80), dtype=np.uint8)
    tissues[1:4, 5:95, 45:55] = 3
    for top in (15, 45, 75):
        tissues[:, top : top + 8, 15:42] = 2
    for top in (24, 54):
        tissues[:, top : top + 20, 15:42] = 1
        tissues[[0, 4], top : top + 6, 42:60] = 1
        tissues[:, top + 5 : top + 15, 60:75] = 1
    tissues[2, 60, 20] = 3
    return tissues


def test_every_third_masked_patient_and_every_fourth_other_one_validates():
    parts = split([7, 100, 11, 9, 3], range(1, 21))
    assert [number for number in (3, 7, 9, 11, 100) if parts[number] == "validation"] == [7, 100]
    others = [number for number in range(1, 21) if number not in (3, 7, 9, 11)]
    validating = [number for number in others if parts[number] == "validation"]
    assert validating == [others[1], others[5], others[9], others[13]]


def test_real_slices_show_a_square_field_though_they_were_redrawn():
    try:
        shown = list(islice(real_slices("train", ("T1", "T2")), 20))
    except BenchmarkError as error:
        pytest.skip(str(error))
    shapes = [item.volume.pixels.shape[1:] for item in shown]
    assert any(rows != columns for rows, columns in shapes)
    for item, (rows, columns) in zip(shown, shapes, strict=True):
        height, width = (n * mm for n, mm in zip((rows, columns), item.spacing_mm, strict=True))
        assert height == pytest.approx(width)
        assert 250 <= width <= 330


def test_own_labels_teach_no_corner_of_the_sacrum(tmp_path):
    (tmp_path / "pseudo").mkdir()
    corners = np.tile(np.asarray([[5, 5], [9, 5], [9, 9], [5, 9]], np.float32), (1, 2, 1, 1))
    levels = np.asarray([level_class(VertebraLevel.L5), level_class(VertebraLevel.S1)], np.int8)
    pixels = np.zeros((1, 20, 20), np.uint8)
    about = About("pseudo", "2", "train", "T1", ("L5", "S1"))
    Material(pixels, pixels, corners, levels, about).save(tmp_path / "pseudo" / "2_t1.npz")
    data, _ = load_data(tmp_path, {"pseudo": 1.0}, 0)
    assert [item.rough for item in data.slices] == [frozenset({1})]


def test_the_two_slices_at_the_midline_are_kept_with_one_aside_and_one_beside():
    offsets = np.arange(-7, 8) * 4.4 + 1.0
    chosen = chosen_slices(offsets, 1, np.random.default_rng(2))
    kept = offsets[list(chosen)]
    assert len(kept) == 4
    assert sorted(np.abs(kept))[:2] == pytest.approx([1.0, 3.4])
    assert np.count_nonzero((kept > 5) & (kept < 15)) == 1
    assert np.count_nonzero(kept < -20) == 1


def test_bodies_are_classed_upward_from_the_sacrum():
    assert [class_of(index, 10) for index in (0, 1, 9, 10, 11, 12)] == [0, 0, 8, 9, 10, None]
    assert class_of(9, 9) == 9


def test_structures_of_the_simulation_become_masks():
    labels = np.asarray([[[0, 1, 2, 3, 20, 35, 60, 70]]], dtype=np.uint8)
    expected = [BACKGROUND, CANAL, CANAL, BACKGROUND, BODY, BODY, DISC, DISC]
    assert masks_of(labels)[0, 0].tolist() == expected


def test_bodies_are_counted_up_from_the_lowest_disc_without_their_posterior_parts():
    named = named_labels(block_spine(), SPACING_MM)
    assert named.bodies == 2
    assert named.labels[2, 64, 30] == 1
    assert named.labels[2, 34, 30] == 2
    assert named.labels[2, 79, 30] == 201
    assert named.labels[2, 50, 50] == 100
    assert named.labels[0, 26, 50] == named.labels[2, 64, 65] == 0


def test_crumbs_of_canal_take_nothing_from_a_body():
    assert named_labels(block_spine(), SPACING_MM).labels[2, 60, 30] == 1


def test_beside_the_canal_the_nearest_slice_parts_body_and_pedicle():
    canal = np.zeros((3, 10, 20), dtype=bool)
    canal[1, :, 8:12] = True
    front = in_front_of_canal(canal)
    assert front[0].sum(axis=1).tolist() == [8] * 10


def test_corners_are_known_near_a_body_s_own_slice_alone():
    corners = np.zeros((2, 4, 2))
    found = spread(corners, np.asarray([0.0, 10.0]), np.asarray([0.0, 6.0, 12.0]))
    known = np.isfinite(found).all(axis=(2, 3))
    assert known.tolist() == [[True, False], [True, True], [False, True]]


def test_a_slice_is_resampled_about_its_first_pixel():
    ramp = np.tile(np.arange(41, dtype=np.float32), (21, 1))[None]
    images = as_images(ramp, (1.0, 0.4))
    assert images.shape == (1, 26, 21)
    assert images[0, 5, 10] / images[0, 5, 5] == pytest.approx(2.0, abs=0.05)


def test_masks_stay_masks_when_resampled():
    masks = np.full((1, 40, 40), BACKGROUND, dtype=np.uint8)
    masks[0, :, 20:] = UNKNOWN
    masks[0, 10:20, 4:16] = BODY
    small = as_masks(masks, (0.4, 0.4))
    assert set(np.unique(small)) == {BACKGROUND, BODY, UNKNOWN}
    assert np.count_nonzero(small == BODY) == pytest.approx(30, abs=6)


def test_below_a_line_from_front_to_back_are_the_feet():
    below = half_plane((10, 10), (1.0, 1.0), np.asarray([(0.0, 4.5), (9.0, 4.5)]))
    assert below.any(axis=1).tolist() == [False] * 5 + [True] * 5


def test_pixels_that_the_laid_slice_does_not_reach_are_unknown():
    picture = picture_of("7_t1", np.zeros((300, 300), dtype=np.uint8))
    shifted = Laid(0, np.asarray([[1.0, 0.0, -100.0], [0.0, 1.0, 0.0]]), 1.0)
    masks = np.full((50, 40), BODY, dtype=np.uint8)
    moved = moved_masks(masks, (1.0, 1.0), picture, shifted)
    assert np.all(moved[:50, 100:140] == BODY)
    assert np.count_nonzero(moved == UNKNOWN) == 300 * 300 - 50 * 40


def test_places_go_to_the_stack_and_back():
    turned = Laid(0, np.asarray([[0.8, -0.6, 3.0], [0.6, 0.8, -2.0]]), 1.0)
    places = np.asarray([[1.0, 2.0], [30.0, -4.0]])
    assert turned.to_single(turned.to_stack(places)) == pytest.approx(places)
    assert turned.turned_degrees == pytest.approx(36.87, abs=0.01)


def test_askew_slices_have_rows_of_another_spacing_than_columns():
    picture = picture_of("146_t2", np.zeros((600, 500)))
    assert picture.spacing_mm == pytest.approx((0.5, 0.6))


def test_material_is_read_back_as_it_was_saved(tmp_path):
    about = About("sim", "SIM-0001", "train", "T2", ("L5", "S1"))
    corners = np.full((1, 2, 4, 2), np.nan, dtype=np.float32)
    image = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
    Material(image, image, corners, np.asarray([8, 9], dtype=np.int8), about).save(
        tmp_path / "a.npz"
    )
    again = Material.load(tmp_path / "a.npz")
    assert again.about == about
    assert np.array_equal(again.images, image)
    assert again.levels.tolist() == [8, 9]
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
