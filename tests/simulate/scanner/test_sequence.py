import math

import pytest

from spinegrader.errors import InputError
from spinegrader.simulate.scanner.sequence import Sequence, nulling_time_ms
from spinegrader.simulate.scanner.tissues import FAT, FLUID, MUSCLE, Tissue


def test_signal_is_that_of_the_spin_echo_equation():
    tissue = Tissue(0.8, 1000, 50)
    by_hand = 0.8 * (1 - math.exp(-2)) * math.exp(-2)
    assert Sequence("T2", 2000, 100, 17).signal(tissue, 1.5) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(0.0936, abs=1e-4)


def test_inversion_gives_the_magnitude_of_what_has_recovered():
    sequence = Sequence("STIR", 2000, 50, 12, inversion_time_ms=200)
    by_hand = 1 - 2 * math.exp(-0.2) + math.exp(-2)
    assert by_hand < 0
    signal = sequence.signal(Tissue(1.0, 1000, 1e12), 1.5)
    assert signal == pytest.approx(-by_hand)


@pytest.mark.parametrize("field_t", [0.3, 1.0, 1.5, 3.0])
def test_the_nulling_time_nulls_fat_and_not_water(field_t):
    time_ms = nulling_time_ms(4000, field_t)
    sequence = Sequence("STIR", 4000, 60, 12, inversion_time_ms=time_ms)
    assert sequence.signal(FAT, field_t) == pytest.approx(0, abs=1e-9)
    assert sequence.signal(FLUID, field_t) > 0.4
    assert sequence.signal(MUSCLE, field_t) > 0.05


def test_inversion_times_at_one_and_a_half_tesla_are_those_in_use():
    assert 140 < nulling_time_ms(4000, 1.5) < 170
    assert nulling_time_ms(4000, 3.0) > 180


def test_fat_shifts_more_in_strong_fields_and_narrow_bandwidths():
    sequence = Sequence("T2", 3500, 100, 17, bandwidth_hz=223.5)
    assert sequence.fat_shift_pixels(1.5) == pytest.approx(1.0, abs=0.001)
    assert sequence.fat_shift_pixels(3.0) == pytest.approx(2.0, abs=0.001)
    # Shown pixels are half as large as acquired ones.
    fine = Sequence("T2", 3500, 100, 17, bandwidth_hz=223.5, acquired_frequency=0.5)
    assert fine.fat_shift_pixels(1.5) == pytest.approx(2.0, abs=0.001)


def test_unknown_weightings_and_axes_are_refused():
    with pytest.raises(InputError):
        Sequence("FLAIR", 3500, 100, 17)
    with pytest.raises(InputError):
        Sequence("T2", 3500, 100, 17, phase_axis="LR")
