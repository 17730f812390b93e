import numpy as np
import pytest

from spinegrader.simulate.person.draw import draw_person
from spinegrader.simulate.person.placement import place_spine

PEOPLE = 240


@pytest.fixture(scope="session")
def people():
    return [draw_person(n, np.random.default_rng([77, n])) for n in range(1, PEOPLE + 1)]


@pytest.fixture(scope="session")
def spines(people):
    """Each at the age of the first visit."""
    return [place_spine(person, person.age_years) for person in people]
