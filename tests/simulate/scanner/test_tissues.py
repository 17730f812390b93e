import pytest

from spinegrader.simulate.scanner import tissues
from spinegrader.simulate.scanner.sequence import Sequence
from spinegrader.simulate.scanner.tissues import FAT, FLUID, MUSCLE, annulus, nucleus

T2 = Sequence("T2", 3500, 100, 17)
T1 = Sequence("T1", 550, 10, 3)


def marrow(sequence, fat=0.35):
    watery = sequence.signal(tissues.MARROW_WATER, 1.5)
    return fat * sequence.signal(FAT, 1.5) + (1 - fat) * watery


def test_t1_grows_with_the_field_but_not_that_of_fluid():
    assert MUSCLE.t1_at(1.5) == MUSCLE.t1_ms
    assert MUSCLE.t1_at(3.0) == pytest.approx(1.23 * MUSCLE.t1_ms, rel=0.01)
    assert MUSCLE.t1_at(0.3) < FAT.t1_ms * 3
    assert FLUID.t1_at(0.3) == FLUID.t1_at(3.0)


def test_t2_weighted_images_have_bright_fluid_and_fat_and_dark_muscle():
    fluid = T2.signal(FLUID, 1.5)
    assert 0.3 < marrow(T2) / fluid < 0.5
    assert 1.2 < T2.signal(nucleus(1.0), 1.5) / marrow(T2) < 2.0
    assert T2.signal(MUSCLE, 1.5) / fluid < 0.2
    assert 0.7 < T2.signal(FAT, 1.5) / fluid < 1.0


def test_t1_weighted_images_have_bright_fat_and_dark_fluid():
    fat = T1.signal(FAT, 1.5)
    assert 0.5 < marrow(T1) / fat < 0.65
    assert 0.25 < T1.signal(MUSCLE, 1.5) / fat < 0.4
    assert 0.1 < T1.signal(FLUID, 1.5) / fat < 0.2
    assert 0.25 < T1.signal(nucleus(0.5), 1.5) / fat < 0.5


def test_discs_darken_as_they_dry():
    shades = [T2.signal(nucleus(share), 1.5) for share in (0.0, 0.2, 0.45, 0.7, 1.0)]
    assert shades == sorted(shades)
    assert shades[-1] > 5 * shades[0]
    assert T2.signal(annulus(1.0), 1.5) < 0.5 * shades[-1]
    assert nucleus(2.0) == nucleus(1.0)
