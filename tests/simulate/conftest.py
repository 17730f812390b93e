import json
from pathlib import Path

import pytest

from spinegrader.simulate.scanner.config import AcquisitionConfig

SMALL = AcquisitionConfig(slices=7, rows=160, columns=160)


@pytest.fixture(scope="session")
def small_config():
    return SMALL


@pytest.fixture(scope="session")
def cohort(tmp_path_factory) -> Path:
    """Three people, the first of whom comes twice."""
    from spinegrader.simulate.cohort import simulate_cohort

    folder = tmp_path_factory.mktemp("cohort")
    simulate_cohort(folder, subjects=3, follow_ups=1, seed=11, config=SMALL)
    return folder


@pytest.fixture(scope="session")
def truth(cohort):
    from spinegrader.simulate.cohort import TRUTH_FILE

    return json.loads((cohort / TRUTH_FILE).read_text(encoding="utf-8"))
