from dataclasses import replace

import numpy as np
import pytest

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.simulate.output.outlines import outlines_mm
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.visit import simulate_visit
from tests.simulate.output.conftest import planned_visit


def inside(points, shape):
    """Which pixels' centres lie within a polygon of (column, row), by the even-odd rule."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    found = np.zeros(shape, dtype=bool)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        if y0 != y1:
            found ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return found


@pytest.fixture(scope="module", params=[2, 11])
def fine(request, small_config):
    """Few slices of small pixels, so that a thin disc is some pixels high."""
    planned = planned_visit(request.param)
    config = replace(small_config, slices=3, rows=448, columns=448, sequences=("T2",))
    return simulate_visit(planned.person(), planned.age_years, planned.rng(), config)


@pytest.fixture(scope="module")
def shares(fine):
    """What outline and label of each body and disc from T11 to S1 have in common (Jaccard)."""
    outlines = outlines_mm(fine.spine, fine.setup)
    names = {
        str(body.shape.level): Structure.FIRST_BODY + index
        for index, body in enumerate(fine.spine.bodies)
    } | {str(disc.level): Structure.FIRST_DISC + i for i, disc in enumerate(fine.spine.discs)}
    found = {}
    for vertebra in fine.setup.vertebrae(fine.spine):
        below = next(
            (d.level for d in fine.spine.discs if d.level and d.level.upper is vertebra.level), None
        )
        wanted = (str(vertebra.level), str(below) if below else "")
        for name in filter(None, wanted if vertebra.level.value != "S1" else wanted[:1]):
            places = fine.geometry.to_index(outlines[name])
            labels = fine.labels[round(places[:, 2].mean())] == names[name]
            drawn = inside(places[:, :2], labels.shape)
            found[name] = float((labels & drawn).sum() / (labels | drawn).sum())
    return found


def test_outlines_lie_on_the_painted_structures(shares):
    assert {"T12", "L5", "S1", "T12/L1", "L4/L5", "L5/S1"} <= shares.keys()
    assert min(shares.values()) >= 0.95


def test_a_body_and_its_neighbour_do_not_overlap(made):
    outlines = outlines_mm(made.spine, made.setup)
    level = DiscLevel.parse("L4/L5")
    columns_rows = {
        name: made.geometry.to_index(outlines[name])[:, :2] * 4
        for name in (str(level), str(level.upper), str(level.lower))
    }
    drawn = {name: inside(places, (640, 640)) for name, places in columns_rows.items()}
    disc = drawn.pop(str(level))
    assert disc.sum() > 500
    for body in drawn.values():
        assert (disc & body).sum() < 0.02 * disc.sum()
