import json
from pathlib import Path

import pytest

from spinegrader.simulate.cohort import TRUTH_FILE, simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig

SMALL = AcquisitionConfig(
    slices=7,
    rows=160,
    columns=160,
    slice_thickness_mm=4.0,
    slice_distance_mm=4.4,
    samples_per_slice=1,
)


@pytest.fixture(scope="session")
def small_config():
    return SMALL


@pytest.fixture(scope="session")
def cohort(tmp_path_factory) -> Path:
    """Three people, the first of whom comes twice."""
    folder = tmp_path_factory.mktemp("cohort")
    simulate_cohort(folder, subjects=3, follow_ups=1, seed=11, config=SMALL, masks=True)
    return folder


@pytest.fixture(scope="session")
def truth(cohort):
    return json.loads((cohort / TRUTH_FILE).read_text(encoding="utf-8"))
