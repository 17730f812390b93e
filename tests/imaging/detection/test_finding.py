"""From maps to vertebrae and discs in the patient, and the sentences that go with them."""

from time import process_time

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.study import Plane
from spinegrader.imaging.detection.finding import find_spine
from spinegrader.imaging.detection.maps import LEVELS, SliceMaps
from spinegrader.imaging.volume import turned_for_reading
from tests.imaging.detection.rendering import Drawn, Scene, rendered
from tests.imaging.detection.spines import simulated, usual_spine

_L = VertebraLevel
_SPINE = usual_spine()


def _geometry(slices: int, spacing_mm=(1.0, 1.0, 4.0), oblique: bool = False) -> VolumeGeometry:
    """Of a stack that shows the plane of a scene, right way round, maybe turned in space."""
    axes = np.array([[0.0, 0, 1], [1, 0, 0], [0, -1, 0]])
    if oblique:
        turn, _ = np.linalg.qr(np.eye(3) + 0.25 * np.random.default_rng(4).normal(size=(3, 3)))
        axes = turn * np.sign(np.diag(turn)) @ axes
    matrix = np.eye(4)
    matrix[:3, :3] = axes * spacing_mm
    matrix[:3, 3] = (-30, 12, 140)
    width, height = _SPINE.view_mm
    shape = (slices, round(height / spacing_mm[1]), round(width / spacing_mm[0]))
    return VolumeGeometry.from_matrix(matrix, shape)


@pytest.mark.parametrize("number", range(1, 7))
def test_simulated_people_are_found_where_they_lie(number) -> None:
    person = simulated(number)
    found = find_spine(person.maps(seed=number), person.geometry)
    seen = {body.level: body for body in found.vertebrae}
    names = {body.level: body.looks_like for body in person.scene.bodies}
    for vertebra in person.truth:
        body = seen[names[vertebra.level]]
        away = np.subtract(body.corners_mm, vertebra.corners_mm) @ person.geometry.directions
        assert np.abs(away[:, :2]).max() < 1.2
        assert np.abs(away[:, 2]).max() < 3
    assert found.is_numbering_sure
    assert len(found.discs) >= len(person.truth) - 1
    overlay = Overlay("1.2.3", found.vertebrae, edited_discs=found.discs)
    assert len(overlay.discs) == len(found.vertebrae) - 1


def test_a_scoliosis_is_followed_from_slice_to_slice_and_tilted() -> None:
    person = simulated(2, bow=12.0)
    found = find_spine(person.maps(0.05), person.geometry)
    for vertebra in found.vertebrae[:-1]:
        indices = person.geometry.to_index(vertebra.corners_mm)
        y = indices[:, 1] * person.geometry.spacing_mm[1]
        assert np.abs(indices[:, 2] - person.middles(y)).max() * person.geometry.spacing_mm[2] < 3.5
    slices = [person.geometry.to_index(v.centre_mm)[2] for v in found.vertebrae]
    assert np.ptp(slices) > 1.5
    own = [np.ptp(person.geometry.to_index(v.corners_mm)[:, 2]) for v in found.vertebrae]
    assert max(own) > 0.3


def test_each_disc_lies_on_one_slice_plane() -> None:
    person = simulated(2, bow=12.0)
    found = find_spine(person.maps(0.05), person.geometry)
    assert found.discs
    for disc in found.discs:
        slices = person.geometry.to_index(disc.outline_mm)[:, 2]
        assert np.ptp(slices) < 1e-6
        upper, lower = (
            next(v for v in found.vertebrae if v.level is level)
            for level in (disc.level.upper, disc.level.lower)
        )
        between = sorted(person.geometry.to_index([upper.centre_mm, lower.centre_mm])[:, 2])
        assert between[0] - 0.3 < slices[0] < between[1] + 0.3


@pytest.mark.parametrize("spacing_mm", [(0.5, 0.75, 3.0), (1.2, 1.0, 6.0)])
@pytest.mark.parametrize("oblique", [False, True])
def test_the_place_in_the_patient_is_the_stacks(spacing_mm, oblique) -> None:
    # The canal's middle is known to a fraction of the slices' distance.
    within_mm = 0.5 + 0.25 * spacing_mm[2]
    geometry = _geometry(9, spacing_mm, oblique)
    found = find_spine(rendered(_SPINE, range(9), 4.2, spacing_mm[2]), geometry)
    assert [v.level for v in found.vertebrae] == [body.level for body in _SPINE.bodies]
    away = np.array(
        [
            np.asarray(vertebra.corners_mm) - _to_mm(geometry, body.corners, 4.2)
            for vertebra, body in zip(found.vertebrae, _SPINE.bodies, strict=True)
        ]
    )
    assert np.abs(away).max() < within_mm
    in_plane = away @ geometry.directions[:, :2]
    assert np.abs(in_plane).max() < 0.6
    # Borders are found between the pixels; a shift of all bodies would be a wrong place of these.
    assert np.abs(in_plane.mean(axis=(0, 1))).max() < 0.15


def _to_mm(geometry: VolumeGeometry, plane_mm: np.ndarray, slice_place: float) -> np.ndarray:
    indices = plane_mm / geometry.spacing_mm[:2]
    return geometry.to_mm(np.column_stack([indices, np.full(len(indices), slice_place)]))


def test_it_does_not_matter_how_the_slices_were_acquired() -> None:
    """Slices from left to right, columns from back to front, rows as columns: all are turned."""
    geometry = _geometry(9)
    slices, rows, columns = geometry.shape
    change = np.zeros((4, 4))
    change[0, 1], change[1, 0], change[2, 2] = -1, 1, -1
    change[:, 3] = (columns - 1, 0, slices - 1, 1)
    stored = VolumeGeometry.from_matrix(geometry.matrix @ change, (slices, columns, rows))
    maps = rendered(_SPINE, range(9), 4.2)
    one = find_spine(maps, geometry)
    other = find_spine(maps, turned_for_reading(stored, Plane.SAGITTAL))
    for first, second in zip(one.vertebrae, other.vertebrae, strict=True):
        assert np.allclose(first.corners_mm, second.corners_mm)


def test_the_doubt_is_said_in_a_sentence() -> None:
    scene = _SPINE.only(_L.L1, _L.L5).but(confusion=0.7)
    short = scene.but(view_mm=(180.0, max(body.corners[:, 1].max() for body in scene.bodies) + 8))
    found = find_spine(rendered(short), _geometry(1))
    assert not found.is_numbering_sure
    assert found.warnings == ("The sacrum isn't in view: L1 to L5 could also be T12 to L4.",)
    found = find_spine(rendered(scene), _geometry(1))
    assert found.warnings == ("The sacrum wasn't found: L1 to L5 could also be T12 to L4.",)


def test_a_guess_is_said_in_a_sentence() -> None:
    found = find_spine(rendered(_SPINE.without(_L.L3)), _geometry(1))
    assert found.guessed == (_L.L3,)
    assert any(text.startswith("L3 wasn't seen") for text in found.warnings)


def _nothing(scene: Scene) -> str:
    found = find_spine(rendered(scene), _geometry(1))
    assert found.vertebrae == ()
    assert found.discs == ()
    assert not found.is_numbering_sure
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith("No vertebrae were found: ")
    assert found.warnings[0].endswith(".")
    return found.warnings[0]


def _block(x: float, y: float, width: float, height: float) -> Drawn:
    corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    return Drawn(_L.L3, corners)


def test_what_is_no_spine_gives_none() -> None:
    bare = _SPINE.but(bodies=())
    assert "nothing" in _nothing(bare)
    blob = _block(70, 120, 32, 26)
    assert "fewer than three" in _nothing(bare.but(extra=(blob,)))
    knee = (_block(60, 40, 50, 55), _block(60, 105, 50, 55))
    assert "fewer than three" in _nothing(bare.but(extra=knee))
    assert "fewer than three" in _nothing(_SPINE.only(_L.L2, _L.L3))
    stairs = tuple(_block(20 + 30 * step, 40 + 45 * step, 32, 26) for step in range(4))
    _nothing(bare.but(extra=stairs))


def test_noise_is_no_spine() -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        masks = rng.random((1, 3, 288, 192), dtype=np.float32)
        centre = rng.random((1, 144, 96), dtype=np.float32)
        corners = rng.normal(0, 16, (1, 8, 144, 96)).astype(np.float32)
        levels = np.log(rng.dirichlet(np.ones(len(LEVELS)), (144, 96)).transpose(2, 0, 1)[None])
        maps = SliceMaps((0,), masks, centre, corners, levels.astype(np.float32), (180.0, 280.0))
        assert find_spine(maps, _geometry(1)).vertebrae == ()


def test_fifteen_slices_take_little_time() -> None:
    maps = rendered(usual_spine(size_mm=(352.0, 352.0)).but(noise=0.1), range(15), 7.0)
    geometry = VolumeGeometry.from_matrix(np.diag([1, 1, 4, 1]), (15, 352, 352))
    find_spine(maps, geometry)
    values = np.random.default_rng(0).random(geometry.shape)
    ratios = []
    for _ in range(3):
        start = process_time()
        find_spine(maps, geometry)
        middle = process_time()
        np.sort(values, axis=None)
        ratios.append((middle - start) / (process_time() - middle))
    # Beside sorting as many values as there are pixels: both are slow where the computer is.
    assert min(ratios) < 12
