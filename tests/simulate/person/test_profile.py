import numpy as np
import pytest

from spinegrader.simulate.person.profile import Profile


def test_a_profile_runs_straight_between_its_values_and_stays_at_its_ends():
    profile = Profile(10.0, 0.5, np.array([1.0, 3.0, 2.0]))
    heads = np.array([[0.0, 10.0, 10.25], [10.5, 10.75, 99.0]], dtype=np.float32)
    drawn = profile(heads)
    assert drawn.dtype == np.float32
    assert np.allclose(drawn, [[1.0, 1.0, 2.0], [3.0, 2.5, 2.0]])
    assert profile.at(10.75) == pytest.approx(2.5)
    assert heads[0, 0] == 0.0
