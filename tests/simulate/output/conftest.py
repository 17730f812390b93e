"""One simulated visit, kept in memory, and readers of what was written."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.imaging.dicom import read_series
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.imaging.scan import scan
from spinegrader.imaging.sources import Sources
from spinegrader.simulate.output.attributes import Visit
from spinegrader.simulate.plan import CohortPlan
from spinegrader.simulate.scanner.protocol import draw_protocol
from spinegrader.simulate.scanner.scaling import Received
from spinegrader.simulate.scanner.scanners import SCANNERS
from spinegrader.simulate.visit import simulate_visit

VENDORS = ("north", "south", "east", "west")
VISIT = Visit(
    "key", "SIM-0001", "Simulated^0001", "F", dt.date(1960, 1, 2), dt.datetime(2011, 5, 6, 7, 8), 1
)
SHAPE = (5, 96, 80)


def planned_visit(number, seed=11):
    return next(item for item in CohortPlan(number, 0, seed).visits() if item.number == number)


@pytest.fixture(scope="package")
def made(small_config):
    """The first visit of the cohort of seed 11."""
    planned = planned_visit(1)
    return simulate_visit(planned.person(), planned.age_years, planned.rng(), small_config)


@pytest.fixture(scope="package")
def sandbox():
    with Sandbox(1, preload=("spinegrader.imaging.looking", "pydicom.charset")) as opened:
        yield opened


@pytest.fixture
def read(sandbox):
    """Every series below a folder, as the program imports it."""

    def load(folder):
        with Sources([folder], sandbox.run) as sources:
            report = scan(sources, sandbox)
            assert report.skipped == ()
            return [read_series(found, sandbox) for found in report.series]

    return load


def oblique_geometry():
    """Sagittal slices, turned a little about every axis; no two spacings alike."""
    axes, _ = np.linalg.qr(np.array([[0.02, -0.01, 1], [1, 0.05, 0], [0.03, -1, 0.04]]))
    axes *= np.sign(axes[[1, 2, 0], [0, 1, 2]] * (1, -1, 1))
    matrix = np.eye(4)
    matrix[:3, :3] = axes * np.array([0.7113, 0.6831, 4.4])
    matrix[:3, 3] = (-31.4159265358979, 123.456789, -250.00001)
    return VolumeGeometry.from_matrix(matrix, SHAPE)


def hand_made(vendor, weighting, small_config):
    """A protocol of a vendor, and pixels of its own kind that nothing repeats."""
    rng = np.random.default_rng(sum(map(ord, vendor + weighting)))
    drawn = draw_protocol(replace(small_config, sequences=(weighting,)), rng, 1)
    scanner = next(item for item in SCANNERS if item.vendor == vendor)
    protocol = replace(drawn, scanner=scanner, slices=SHAPE[0], rows=SHAPE[1], columns=SHAPE[2])
    scaling = scanner.scaling
    kind = np.int16 if scaling.signed else np.uint16
    highest = 1 << (scaling.bits_stored - scaling.signed)
    pixels = rng.integers(0, highest, SHAPE).astype(kind)
    slope, intercept = (None, None) if scaling.slope is None else (0.733713, 0.0)
    (sequence,) = drawn.sequences
    return Received(sequence, pixels, scaling.bits_stored, slope, intercept), protocol
