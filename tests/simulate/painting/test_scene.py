"""What a radiologist would notice in the painted slices."""

from dataclasses import replace

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.simulate.ageing.states import EndplateState, Herniation, HerniationKind
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.person.shapes import MarrowSpot
from tests.simulate.painting.conftest import PIXEL_MM, matrix, paint, signals, with_disc

MIDDLE = 3


def index_of(spine, level):
    return next(i for i, body in enumerate(spine.bodies) if body.shape.level is level)


def body_mask(scene, index):
    return scene.labels == Structure.FIRST_BODY + index


def disc_mask(scene, index):
    return scene.labels == Structure.FIRST_DISC + index


def test_every_structure_is_there_once_and_in_order(spine, scene):
    labels = scene.labels[MIDDLE]
    rows = []
    for index in range(index_of(spine, VertebraLevel.T12), index_of(spine, VertebraLevel.S1) + 1):
        for mask in (
            labels == Structure.FIRST_BODY + index,
            labels == Structure.FIRST_DISC + index,
        ):
            assert mask.sum() > 12
            rows.append(np.nonzero(mask)[0].mean())
    assert rows == sorted(rows)
    for label in (Structure.SAC, Structure.CORD, Structure.POSTERIOR):
        assert (labels == label).any()


def test_fluid_is_brightest_and_ligament_darkest_on_t2_and_fat_brightest_on_t1(spine, scene):
    t2, t1 = signals(scene)
    marrow = np.median(t2[body_mask(scene, index_of(spine, VertebraLevel.L3))])
    assert np.percentile(t2[scene.labels == Structure.SAC], 90) > 2 * marrow
    assert scene.fat.max() == pytest.approx(1, abs=0.01)
    assert np.median(t1[scene.labels == Structure.SAC]) < 0.5 * np.percentile(t1, 99)
    assert scene.fluid.max() > 0.9
    assert not scene.fluid[scene.labels != Structure.SAC].any()


def test_a_nucleus_darkens_with_its_hydration(spine):
    index = index_of(spine, VertebraLevel.L3)
    means = []
    for hydration in (1.0, 0.5, 0.0):
        scene = paint(with_disc(spine, index, hydration=hydration, border=hydration, cleft=0.0))
        core = disc_mask(scene, index)[MIDDLE]
        means.append(np.percentile(signals(scene)[0][MIDDLE][core], 80))
    assert means[0] > 1.4 * means[1] > 1.4 * 1.2 * means[2]


def test_modic_changes_look_as_they_are_defined(spine):
    """Type 1: dark on T1, bright on T2; 2: bright on T1; 3: dark on both (Modic et al. 1988)."""
    index = index_of(spine, VertebraLevel.L4)
    plain = signals(paint(spine))
    mask = body_mask(paint(spine), index)[MIDDLE]
    rows = np.nonzero(mask)[0]
    low = mask & (np.arange(mask.shape[0])[:, None] > np.percentile(rows, 75))
    change = {}
    for kind in ("oedema", "fat", "sclerosis"):
        end = EndplateState(extent_mm=12.0, **{kind: 1.0})
        changed = signals(paint(with_disc(spine, index, upper=end)))
        change[kind] = [
            changed[i][MIDDLE][low].mean() / plain[i][MIDDLE][low].mean() for i in range(2)
        ]
    assert change["oedema"][0] > 1.05
    assert change["oedema"][1] < 0.95
    assert change["fat"][1] > 1.05
    assert change["fat"][0] > 1.0
    assert change["sclerosis"][0] < 0.9
    assert change["sclerosis"][1] < 0.9


def test_a_herniation_stands_in_the_sac(spine):
    index = index_of(spine, VertebraLevel.L4)
    kind = HerniationKind.EXTRUSION
    mass = Herniation(kind, reach_mm=7, half_width_mm=8, half_height_mm=6, migration_mm=-3)
    scene, plain = paint(with_disc(spine, index, herniation=mass)), paint(spine)
    taken = (plain.labels == Structure.SAC) & disc_mask(scene, index)
    assert taken[MIDDLE].sum() * 1.25**2 > 20
    assert signals(scene)[0][taken].mean() < 0.6 * signals(plain)[0][taken].mean()


def test_a_defect_is_a_pit_in_the_endplate(spine):
    index = index_of(spine, VertebraLevel.L2)
    pit = EndplateState(defect_mm=5, defect_radius_mm=5)
    scene, plain = paint(with_disc(spine, index, lower=pit)), paint(spine)
    lost = body_mask(plain, index + 1) & ~body_mask(scene, index + 1)
    assert 20 < lost[MIDDLE].sum() * 1.25**2 < 80
    assert not (body_mask(plain, index) & ~body_mask(scene, index)).any()


def test_spurs_make_the_rims_longer(spine):
    index = index_of(spine, VertebraLevel.L3)
    scene, plain = paint(with_disc(spine, index, osteophyte_mm=6.0)), paint(spine)
    for body in (index, index + 1):
        depths_mm = [
            np.ptp(np.nonzero(body_mask(item, body)[MIDDLE])[1]) * PIXEL_MM
            for item in (scene, plain)
        ]
        assert 2 < depths_mm[0] - depths_mm[1] < 9


def test_gas_is_black_and_a_fissure_bright(spine):
    index = index_of(spine, VertebraLevel.L4)
    dark = {"hydration": 0.1, "border": 0.0}
    plain = signals(paint(with_disc(spine, index, **dark)))[0][MIDDLE]
    scene = paint(with_disc(spine, index, vacuum=1.0, **dark))
    mask = disc_mask(scene, index)[MIDDLE]
    assert signals(scene)[0][MIDDLE][mask].mean() < 0.8 * plain[mask].mean()
    torn = signals(paint(with_disc(spine, index, fissure=1.0, **dark)))[0][MIDDLE]
    assert (torn - plain)[mask].max() > 0.15


def test_haemangiomas_are_bright_on_both(person, spine):
    index = index_of(spine, VertebraLevel.L1)
    shape = spine.bodies[index].shape
    spot = MarrowSpot((0.0, 0.0, 0.0), 6.0, 0.4, 0.3)
    marrow = replace(shape.marrow, spots=(spot,))
    bodies = list(spine.bodies)
    bodies[index] = replace(bodies[index], shape=replace(shape, marrow=marrow))
    plain, changed = signals(paint(spine)), signals(paint(replace(spine, bodies=tuple(bodies))))
    for before, after in zip(plain, changed, strict=True):
        assert (after / np.maximum(before, 1e-3))[MIDDLE].max() > 1.25


def resampled_marrow(spine, scene, placed, index):
    """A body's T2 marrow in its own frame, whatever the slices' place."""
    body = spine.bodies[index]
    across = np.linspace(-0.32, 0.32, 20) * body.shape.depth_mm
    up = np.linspace(-0.3, 0.3, 14) * body.shape.height_mm
    local = np.stack(np.meshgrid(across, up), axis=-1)
    places = body.place(local)
    points = np.concatenate(
        [np.zeros((*places.shape[:2], 1)), places, np.ones((*places.shape[:2], 1))], axis=-1
    )
    columns, rows = (
        np.rint((points @ np.linalg.inv(placed).T)[..., :2]).astype(int).transpose(2, 0, 1)
    )
    return signals(scene)[0][MIDDLE][rows, columns].ravel()


def test_marrow_keeps_its_pattern_between_visits_and_differs_between_people(person, spine):
    index = index_of(spine, VertebraLevel.L2)
    placed = matrix(turn_deg=4.0, shift_mm=2.0)
    first = resampled_marrow(spine, paint(spine), matrix(), index)
    later = place_spine(replace(person, lateral_mm=(0.0, 0.0)), 33.0)
    again = resampled_marrow(later, paint(later, placed, seed=9), placed, index)
    strangers = []
    for number in range(7, 11):
        stranger = draw_person(number, np.random.default_rng([5, number]))
        other = place_spine(replace(stranger, lateral_mm=(0.0, 0.0)), 33.0)
        place = index_of(other, VertebraLevel.L2)
        marrow = resampled_marrow(other, paint(other, placed, seed=9), placed, place)
        strangers.append(np.corrcoef(first, marrow)[0, 1])
    assert np.corrcoef(first, again)[0, 1] > np.mean(strangers) + 0.2


def test_each_visit_has_other_bowels_but_the_same_bones(spine, scene):
    again = paint(spine, seed=2)
    bones = scene.labels >= Structure.FIRST_BODY
    assert np.array_equal(bones, again.labels >= Structure.FIRST_BODY)
    assert not np.array_equal(scene.fat, again.fat)


def test_a_margin_shows_what_lies_beyond(spine, scene):
    from spinegrader.simulate.painting.paint import paint_scene
    from tests.simulate.painting.conftest import PALETTE, SHAPE

    rng = np.random.default_rng(1)
    wide = paint_scene(spine, matrix(), SHAPE, PALETTE, (4.0, 1), rng, margin=(10, 0))
    assert wide.fat.shape == (7, 220, 120)
    assert np.array_equal(wide.labels[:, 10:-10], scene.labels)
    assert (wide.labels[:, :10] >= Structure.FIRST_BODY).any()
