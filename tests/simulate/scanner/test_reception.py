import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.scanner.coil import coil_map
from spinegrader.simulate.scanner.reception import receive
from spinegrader.simulate.scanner.scanners import SCANNERS, Coil
from tests.simulate.scanner.scenes import (
    PLAIN,
    STIR,
    T1,
    T2,
    geometry_of,
    protocol_of,
    scene_of,
)

RNG = np.random.default_rng


def received(scene, protocol, seed=1):
    """Stored values of each series as float."""
    stacks = receive(scene, protocol, geometry_of(protocol), RNG(seed))
    return [series.pixels.astype(float) for series in stacks]


def test_air_holds_noise_as_a_magnitude_image_does():
    protocol = protocol_of(T2, rows=128, columns=128)
    air = received(scene_of(protocol), replace(protocol, scanner=replace(PLAIN, noise=8.0)))[0]
    # Rayleigh: the mean is 1.91 times the standard deviation.
    assert air.mean() / air.std() == pytest.approx(1.91, rel=0.02)
    assert air.min() >= 0


def test_noise_falls_with_averages_and_rises_in_weak_fields():
    spreads = []
    for sequence, field_t in ((T2, 1.5), (replace(T2, averages=4), 1.5), (T2, 0.75)):
        scanner = replace(PLAIN, field_strength_t=field_t, noise=1.0)
        protocol = protocol_of(sequence, scanner=scanner)
        scene = scene_of(protocol)
        scene.water[:] = 0.5
        bright = received(scene, protocol)[0]
        spreads.append(bright.std() / bright.mean())
    assert spreads[0] == pytest.approx(2 * spreads[1], rel=0.1)
    assert spreads[2] == pytest.approx(2 * spreads[0], rel=0.1)


def test_noise_of_interpolated_images_is_correlated_and_as_strong():
    fine, coarse = (
        received(scene_of(protocol), protocol)[0]
        for protocol in (
            protocol_of(sequence, scanner=replace(PLAIN, noise=6.0))
            for sequence in (T2, replace(T2, acquired_frequency=0.6, acquired_phase=0.6))
        )
    )

    def neighbours(stack):
        return np.corrcoef(stack[:, :, 1:].ravel(), stack[:, :, :-1].ravel())[0, 1]

    assert abs(neighbours(fine)) < 0.05
    assert neighbours(coarse) > 0.25


@pytest.mark.parametrize("phase_axis", ["HF", "AP"])
def test_fat_is_displaced_along_the_frequency_axis_and_water_is_not(phase_axis):
    sequence = replace(T1, phase_axis=phase_axis, bandwidth_hz=56.0)
    shift = sequence.fat_shift_pixels(1.5)
    assert shift == pytest.approx(4, abs=0.05)
    protocol = protocol_of(sequence)
    scene = scene_of(protocol)
    scene.fat[:, 20:30, 20:30] = 1
    scene.water[0, :, 40:50, 40:50] = 1
    image = received(scene, protocol)[0][1]
    axis = 1 if phase_axis == "HF" else 0
    profile = image[15:36, 15:36].sum(axis=1 - axis) ** 2
    middle = 15 + (profile * np.arange(21)).sum() / profile.sum()
    assert abs(middle - 24.5) == pytest.approx(shift, abs=0.4)
    still = image[36:, 36:]
    rows, columns = np.nonzero(still > still.max() / 2)
    assert (rows.mean(), columns.mean()) == pytest.approx((8.5, 8.5), abs=0.2)


def test_stir_shows_fluid_and_no_fat():
    protocol = protocol_of(T1, STIR)
    scene = scene_of(protocol)
    scene.fat[:, 10:30] = 1
    scene.water[:, :, 40:60] = 0.4
    t1, stir = received(scene, protocol)
    assert t1[:, 15:25].mean() > t1[:, 45:55].mean()
    assert stir[:, 15:25].mean() < 0.1 * stir[:, 45:55].mean()


def test_the_coil_sees_best_near_the_skin_and_between_its_ends():
    sensitivity = coil_map(Coil(4, 95, 75, 0.02), 0.0, 0.0).sensitivity
    near, spine, belly = sensitivity[[40, 100, 280], 320]
    assert near > 1.5 * spine > 4 * belly
    assert sensitivity[100, 320] > 2 * sensitivity[100, 20]


def test_evening_makes_the_image_alike_and_the_depth_noisy():
    protocol = protocol_of(T2, scanner=replace(PLAIN, coil=SCANNERS[0].coil, noise=4.0))
    scene = scene_of(protocol)
    scene.water[:] = 0.3
    scene.depth_mm[:] = np.linspace(0, 200, 64, dtype=np.float32)[::-1]
    shaded = received(scene, protocol)[0]
    even = replace(protocol, scanner=replace(protocol.scanner, evening=0.9))
    corrected = received(scene, even)[0]

    def ratio(stack):
        return stack[:, :, 50:].mean() / stack[:, :, 15:25].mean()

    assert ratio(shaded) > 2 * ratio(corrected) > 1
    assert corrected[:, :, :10].std() > 2 * corrected[:, :, 50:].std()


def test_the_saturation_band_darkens_the_belly_only_where_the_protocol_has_one():
    protocol = protocol_of(T2)
    scene = scene_of(protocol)
    scene.water[:] = 0.5
    scene.labels[:, :, 45:55] = Structure.FIRST_BODY
    without = received(scene, protocol)[0]
    banded = received(scene, replace(protocol, saturation_band=True))[0]
    assert banded[:, :, 5:15].mean() < 0.3 * without[:, :, 5:15].mean()
    assert banded[:, :, 47:].mean() == pytest.approx(without[:, :, 47:].mean(), rel=0.05)


def test_each_maker_stores_in_its_own_way():
    styles = {}
    for scanner in SCANNERS:
        protocol = protocol_of(T2, scanner=scanner)
        scene = scene_of(protocol)
        scene.water[:, :, 16:48, 16:48] = 0.5
        series = receive(scene, protocol, geometry_of(protocol), RNG(3))[0]
        assert series.pixels.min() >= 0
        assert series.pixels.max() < 1 << series.bits_stored
        styles[scanner.vendor] = (
            series.pixels.dtype.kind,
            series.bits_stored,
            series.rescale_slope is None,
        )
        if scanner.vendor == "west":
            assert series.pixels.max() < 1000
    assert styles["north"] == ("u", 12, True)
    assert styles["south"] == ("u", 12, False)
    assert styles["east"] == ("i", 16, True)


def test_slices_differ_in_noise_but_not_in_place():
    protocol = protocol_of(T2)
    scene = scene_of(protocol)
    scene.water[:, :, 20:40, 20:40] = 0.5
    stack = received(scene, protocol)[0]
    assert not np.array_equal(stack[0], stack[1])
    assert stack[0, 20:40, 20:40].mean() == pytest.approx(stack[2, 20:40, 20:40].mean(), rel=0.02)


_DIGEST = """
import hashlib
import numpy as np
from tests.simulate.scanner.scenes import T1, T2, geometry_of, protocol_of, scene_of
from spinegrader.simulate.scanner.reception import receive
from spinegrader.simulate.scanner.scanners import SCANNERS
digest = hashlib.sha256()
for scanner in SCANNERS:
    protocol = protocol_of(T2, T1, scanner=scanner, saturation_band=True)
    scene = scene_of(protocol)
    values = np.arange(scene.fat.size, dtype=np.float32).reshape(scene.fat.shape)
    scene.fat[:] = values % 7 / 9
    scene.water[:] = values % 11 / 13
    scene.fluid[:] = values % 3 / 4
    scene.depth_mm[:] = values % 301
    scene.labels[:, :, 40:] = 20
    for series in receive(scene, protocol, geometry_of(protocol), np.random.default_rng(7)):
        digest.update(series.pixels.tobytes())
print(digest.hexdigest())
"""


def _digest(disabled):
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": disabled}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _DIGEST],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_same_seed_gives_the_same_bytes_with_and_without_vector_instructions():
    first = _digest("")
    assert len(first) == 65
    assert _digest("X86_V3 X86_V4 AVX512_ICL") == first
