from collections import Counter

import numpy as np
import pytest

from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.scanner.protocol import draw_protocol
from spinegrader.simulate.scanner.scanners import SCANNERS
from spinegrader.simulate.scanner.sequence import nulling_time_ms


def drawn(config, visit, person_seed=1):
    return draw_protocol(config, np.random.default_rng(visit), person_seed)


def test_scanners_are_simulated_and_of_several_makers_and_fields():
    assert {scanner.vendor for scanner in SCANNERS} == {"north", "south", "east", "west"}
    assert {scanner.field_strength_t for scanner in SCANNERS} >= {0.3, 1.5, 3.0}
    assert all("Simulated" in scanner.manufacturer for scanner in SCANNERS)
    assert len({scanner.model for scanner in SCANNERS}) == len(SCANNERS)
    assert sum(scanner.share for scanner in SCANNERS) == pytest.approx(1)


def test_scanners_come_as_often_as_their_share():
    config = AcquisitionConfig()
    counts = Counter(drawn(config, visit).scanner.model for visit in range(2000))
    for scanner in SCANNERS:
        assert counts[scanner.model] / 2000 == pytest.approx(scanner.share, abs=0.03)


def test_times_are_those_in_use():
    config = AcquisitionConfig(sequences=("T2", "T1", "STIR"))
    for visit in range(60):
        protocol = drawn(config, visit)
        t2, t1, stir = protocol.sequences
        assert 80 <= t2.echo_time_ms <= 120
        assert 2500 <= t2.repetition_time_ms <= 5000
        assert 8 <= t1.echo_time_ms <= 15
        assert 450 <= t1.repetition_time_ms <= 700
        nulling = nulling_time_ms(stir.repetition_time_ms, protocol.field_strength_t)
        assert stir.inversion_time_ms == pytest.approx(nulling, rel=0.07)
        assert protocol.slice_distance_mm > protocol.slice_thickness_mm


def test_the_scanner_does_not_know_the_person():
    config = AcquisitionConfig()
    assert drawn(config, 5, person_seed=1) == drawn(config, 5, person_seed=2)
    assert drawn(config, 5) != drawn(config, 6)


def test_the_scanner_follows_the_person_where_asked_to():
    config = AcquisitionConfig(scanner_follows_person=True)
    assert drawn(config, 5, person_seed=1) == drawn(config, 6, person_seed=1)
    models = {drawn(config, 5, person_seed=person).scanner.model for person in range(20)}
    assert len(models) > 3


def test_what_is_fixed_is_kept_and_leaves_the_rest_alone():
    free = drawn(AcquisitionConfig(), 9)
    fixed = drawn(AcquisitionConfig(slices=5, rows=96, slice_thickness_mm=3.0), 9)
    assert (fixed.slices, fixed.rows, fixed.columns) == (5, 96, 96)
    assert fixed.slice_thickness_mm == 3.0
    for one, other in zip(fixed.sequences, free.sequences, strict=True):
        assert one.echo_time_ms == other.echo_time_ms
        # The bandwidth of all rows together stays.
        assert one.bandwidth_hz * 96 == pytest.approx(other.bandwidth_hz * free.rows, rel=0.02)
    assert fixed.scanner == free.scanner
    assert free.rows in free.scanner.matrices
