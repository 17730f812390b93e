import numpy as np
import pytest

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.scanner.protocol import draw_protocol
from spinegrader.simulate.scanner.setup import draw_setup


@pytest.fixture(scope="module")
def spine():
    return place_spine(draw_person(6, np.random.default_rng(6)), 40.0)


def drawn(spine, visit, config=None):
    rng = np.random.default_rng(visit)
    protocol = draw_protocol(config or AcquisitionConfig(), rng, 0)
    return protocol, draw_setup(spine, protocol, rng)


def test_every_visit_sees_the_same_bones_from_another_place(spine):
    setups = [drawn(spine, visit)[1] for visit in range(12)]
    assert len({setup.geometry for setup in setups}) == 12
    sizes = [[v.depth_mm for v in setup.vertebrae(spine)][-7:] for setup in setups]
    for found in sizes[1:]:
        assert found == pytest.approx(sizes[0])


def test_all_named_bodies_are_in_view_and_fields_differ(spine):
    fields_mm = []
    for visit in range(40):
        protocol, setup = drawn(spine, visit)
        seen = {vertebra.level for vertebra in setup.vertebrae(spine)}
        assert seen >= {body.shape.level for body in spine.bodies} & set(TRAINING_LEVELS)
        fields_mm.append(setup.geometry.spacing_mm[1] * protocol.rows)
    assert max(fields_mm) - min(fields_mm) > 30
    assert max(fields_mm) < 345


def test_spacing_is_that_of_the_protocol(spine):
    protocol, setup = drawn(spine, 3)
    assert setup.geometry.spacing_mm[2] == pytest.approx(protocol.slice_distance_mm)
    assert setup.geometry.shape == (protocol.slices, protocol.rows, protocol.columns)


def test_the_margin_is_painted_around_the_same_pixels(spine):
    wrapping = next(
        setup
        for protocol, setup in (drawn(spine, visit) for visit in range(60))
        if protocol.sequences[0].wraps
    )
    rows, columns = wrapping.margin
    assert rows + columns > 0
    inner = wrapping.geometry.to_mm((3, 5, 1))
    assert wrapping.painted.to_mm((3 + columns, 5 + rows, 1)) == pytest.approx(inner)
    assert wrapping.painted.shape[1] == wrapping.geometry.shape[1] + 2 * rows


def test_the_way_to_the_person_and_back_ends_where_it_began(spine):
    _, setup = drawn(spine, 4)
    assert setup.to_person @ setup.to_patient == pytest.approx(np.eye(4), abs=1e-4)
