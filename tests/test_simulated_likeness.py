"""What measures simulated people beside real ones: known pictures give known figures."""

import numpy as np
import pytest

from benchmarks.simulated_material import by_quads, mid_slice
from benchmarks.simulated_page import rewrite_section
from benchmarks.simulated_shapes import sizes_of
from benchmarks.simulated_signals import body_signals, disc_signals, normalised_values
from benchmarks.simulated_spectra import EDGES_PER_MM, radial_power, slope
from benchmarks.simulated_statistics import apart, area_under_curve, quantiles, wasserstein
from benchmarks.simulated_transfer import labels_on
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.errors import InputError

L4, L5 = VertebraLevel.L4, VertebraLevel.L5
MARROW, NUCLEUS, FLUID = 100.0, 40.0, 300.0


def drawn(disc_rows=10, noise=0.0):
    """Four bodies of 30 x 24 pixels of a millimetre, discs between and below them, a canal."""
    labels = np.zeros((200, 100), dtype=np.uint8)
    for number in range(4):
        top = 20 + number * (24 + disc_rows)
        labels[top : top + 24, 30:60] = 1
        labels[top + 4 : top + 20, 85:95] = 1  # a spinous process
        labels[top + 24 : top + 24 + disc_rows, 30:60] = 2
    labels[10:190, 65:80] = 3
    pixels = np.choose(labels, (0.0, MARROW, NUCLEUS, FLUID))
    pixels = pixels + noise * np.random.default_rng(1).standard_normal(labels.shape)
    return pixels, labels


@pytest.fixture
def person():
    return mid_slice("one", *drawn(), (1.0, 1.0), [4, 3, None, 1])


def test_bodies_and_discs_are_counted_from_the_lowest_disc_up(person):
    assert [str(level) for level in person.bodies] == ["L5", "L4", "L3", "L2"]
    assert {str(level): grade for level, grade in person.pfirrmann.items()} == {
        "L5": 4,
        "L4": 3,
        "L2": 1,
    }
    assert person.bodies[L5].centre[0] > person.bodies[L4].centre[0]


def test_a_missing_disc_ends_the_count():
    pixels, labels = drawn()
    labels[20 + 34 : 20 + 58] = 0  # the second body from above
    assert len(mid_slice("one", pixels, drawn()[1], (1.0, 1.0), []).bodies) == 4
    with pytest.raises(InputError, match="don't follow"):
        mid_slice("one", pixels, labels, (1.0, 1.0), [])


@pytest.mark.parametrize("rows", [8, 14])
def test_sizes_are_those_drawn(rows):
    sizes = sizes_of([mid_slice("one", *drawn(rows), (1.0, 1.0), [])])
    assert sizes["L3/L4 height"] == [pytest.approx(rows, abs=0.8)]
    assert sizes["L4 depth"] == [pytest.approx(30, abs=1)]
    assert sizes["L4 canal"] == [pytest.approx(15, abs=0.1)]


def test_signals_are_those_drawn(person):
    found = {item.level: item for item in disc_signals(person)}
    assert found[L4].disc / found[L4].marrow == pytest.approx(NUCLEUS / MARROW)
    assert found[L4].canal / found[L4].marrow == pytest.approx(FLUID / MARROW)
    assert found[L4].pfirrmann == 3
    assert np.median(normalised_values(person)["body"]) == pytest.approx(0.25)
    assert np.median(normalised_values(person)["disc"]) == pytest.approx(0.1)


def test_quads_stand_for_what_they_were_fitted_to(person):
    found = by_quads(person)
    assert found.bodies[L4].inside.sum() == pytest.approx(person.bodies[L4].inside.sum(), rel=0.08)
    assert normalised_values(found)["disc"].mean() == pytest.approx(0.1, abs=0.02)


def test_texture_is_told_from_trend():
    noisy = mid_slice("one", *drawn(noise=12), (1.0, 1.0), [])
    for body in body_signals(noisy):
        assert body.texture == pytest.approx(0.12, abs=0.03)
        assert abs(body.neighbours) < 0.2
        assert body.backward == pytest.approx(1, abs=0.08)
    pixels, labels = drawn()
    shaded = mid_slice("one", pixels * np.linspace(0.5, 1.5, 100), labels, (1.0, 1.0), [])
    for body in body_signals(shaded):
        assert body.texture < 0.01 < body.trend
        assert body.backward > 1.2


def test_a_wave_lands_in_its_band():
    place = np.arange(200) * 0.5
    wave = np.sin(2 * np.pi * 0.3 * place)[:, None] * np.ones(200)
    power = radial_power(wave, 0.5)
    assert EDGES_PER_MM[int(np.nanargmax(power))] == 0.24


def test_noise_has_the_same_power_in_all_bands_whatever_the_pixels():
    rng = np.random.default_rng(2)
    for pixel_mm in (0.4, 0.8):
        power = radial_power(rng.standard_normal((256, 256)), pixel_mm)
        held = power[np.isfinite(power)]
        assert np.allclose(held[1:], pixel_mm**2, rtol=0.3)  # the lowest band holds few waves
        assert len(held) == sum(edge <= 0.5 / pixel_mm for edge in EDGES_PER_MM[1:])
    assert abs(slope(radial_power(rng.standard_normal((256, 256)), 0.4))) < 0.2


def people(shift, count, rng):
    return [quantiles(rng.standard_normal(300) + shift) for _ in range(count)]


def test_alike_groups_lie_as_far_apart_as_halves_of_one():
    rng = np.random.default_rng(3)
    real = people(0, 16, rng)
    assert 0.7 < apart(real, people(0, 16, rng), wasserstein).ratio < 1.4
    other = apart(real, people(0.5, 16, rng), wasserstein)
    assert other.ratio > 3
    assert other.whole == pytest.approx(0.5, abs=0.1)
    assert other.real < other.highest_real < other.simulated


def test_area_under_the_curve():
    assert area_under_curve([3, 4], [1, 2]) == 1
    assert area_under_curve([1, 2], [1, 2]) == 0.5


def test_labels_follow_a_shifted_picture():
    from scipy import ndimage

    pixels, labels = drawn(noise=3)
    shifted = ndimage.shift(pixels, (6, -4), order=1)
    other = np.random.default_rng(4).uniform(0, 300, pixels.shape)
    stack = np.stack([other, pixels, other])
    maps = np.stack([labels, labels, labels])
    found = labels_on(shifted, 1.0, stack, maps, 1.0)
    wanted = ndimage.shift(labels, (6, -4), order=0)
    both = (found.labels > 0) & (wanted > 0)
    assert np.mean(found.labels[both] == wanted[both]) > 0.97
    assert found.moved_mm == pytest.approx(np.hypot(6, 4), abs=0.5)


def test_a_section_of_a_page_is_replaced_and_nothing_else(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A\n<!-- x: written by a benchmark -->\nold\n<!-- end of x -->\nB\n")
    rewrite_section(page, "x", ["new"])
    assert page.read_text() == (
        "# A\n<!-- x: written by a benchmark -->\n\nnew\n\n<!-- end of x -->\nB\n"
    )
    with pytest.raises(ValueError, match="marker"):
        rewrite_section(page, "y", ["new"])
