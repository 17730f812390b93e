import numpy as np
import pytest

from spinegrader.simulate.placed import placed_by_reader
from spinegrader.simulate.plan import CohortPlan
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import simulate_visit


@pytest.fixture(scope="module")
def made():
    planned = next(CohortPlan(1, 0, 3).visits())
    config = AcquisitionConfig(slices=3, rows=64, columns=64, sequences=("T2",))
    return simulate_visit(planned.person(), planned.age_years, planned.rng(), config)


def test_a_reader_places_each_corner_about_a_millimetre_off_within_the_slice(made):
    true = made.setup.vertebrae(made.spine)
    assert [item.level for item in made.placed] == [item.level for item in true]
    away = np.concatenate(
        [
            np.asarray(placed.corners_mm) - np.asarray(vertebra.corners_mm)
            for seed in range(20)
            for placed, vertebra in zip(
                placed_by_reader(true, made.geometry, np.random.default_rng(seed)),
                true,
                strict=True,
            )
        ]
    )
    column, row, slice_ = (away @ made.geometry.directions).T
    assert column.std() == pytest.approx(0.8, rel=0.1)
    assert row.std() == pytest.approx(0.8, rel=0.1)
    # A body is aside as a whole.
    assert np.ptp(slice_.reshape(-1, 4), axis=1).max() < 1e-3
    assert slice_.std() == pytest.approx(1.5, rel=0.25)
