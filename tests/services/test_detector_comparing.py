"""How two detectors are measured, and what follows."""

from dataclasses import replace

import numpy as np
import pytest

from spinegrader.services.detector_comparing import series_figures, verdict_of
from spinegrader.services.detector_comparison import DetectorComparison, DetectorFigures
from tests.services.conftest import GEOMETRY, column

CONFIRMED = column("1.2")
STILL = np.zeros(6)


def moved(offset_mm, kept=slice(None)):
    bodies = tuple(body.moved(offset_mm) for body in CONFIRMED.vertebrae[kept])
    return replace(CONFIRMED, vertebrae=bodies)


def test_the_same_vertebrae_are_faultless():
    figures = series_figures(CONFIRMED, CONFIRMED, GEOMETRY)
    assert figures == pytest.approx(
        {
            "bodies_found": 1,
            "levels_right": 1,
            "centre_error_mm": 0,
            "corner_error_mm": 0,
            "disc_dice": 1,
            "correction_mm": 0,
        }
    )


def test_errors_are_measured_in_the_plane_of_the_slices():
    # 4.4 mm across the slices: the next one, which isn't an error of the outline.
    figures = series_figures(CONFIRMED, moved((4.4, 3.0, 0.0)), GEOMETRY)
    assert figures["centre_error_mm"] == pytest.approx(3)
    assert figures["corner_error_mm"] == pytest.approx(3)
    assert figures["correction_mm"] == pytest.approx(3)
    # Discs 33 mm deep, 3 mm aside.
    assert figures["disc_dice"] == pytest.approx(30 / 33, abs=0.03)


def test_a_body_that_was_not_found_costs_ten_millimetres():
    figures = series_figures(CONFIRMED, moved((0, 0, 0), slice(0, 6)), GEOMETRY)
    assert figures["bodies_found"] == pytest.approx(6 / 7)
    assert figures["levels_right"] == pytest.approx(6 / 7)
    assert figures["correction_mm"] == pytest.approx(10 / 7)
    assert figures["corner_error_mm"] == 0
    assert figures["disc_dice"] == pytest.approx(5 / 6)


def test_nothing_found_has_no_errors_but_costs():
    figures = series_figures(CONFIRMED, None, GEOMETRY)
    assert figures["bodies_found"] == 0
    assert np.isnan(figures["corner_error_mm"])
    assert figures["correction_mm"] == 10


def test_wrong_names_are_told_apart_from_wrong_places():
    lower = replace(CONFIRMED, vertebrae=CONFIRMED.vertebrae[:-1]).shifted(-1)
    figures = series_figures(CONFIRMED, lower, GEOMETRY)
    assert figures["levels_right"] == 0
    assert figures["corner_error_mm"] == 0
    assert figures["disc_dice"] == pytest.approx(5 / 6)


@pytest.mark.parametrize(
    ("gains", "named", "wanted"),
    [
        ([0.4, 0.5, 0.3, 0.6, 0.4, 0.5], STILL, "better"),
        ([-0.4, -0.5, -0.3, -0.6, -0.4, -0.5], STILL, "worse"),
        ([0.9, -0.7, 0.1, -0.2, 0.3, -0.4], STILL, "unsure"),
        # All alike, but four people may be alike by chance.
        ([0.4, 0.5, 0.3, 0.6], STILL[:4], "unsure"),
        # Better corners don't make up for wrong names.
        ([0.4, 0.5, 0.3, 0.6, 0.4, 0.5], STILL - 0.3, "worse"),
    ],
)
def test_the_verdict_follows_from_people(gains, named, wanted):
    assert verdict_of(np.asarray(gains), named) == wanted


def test_the_sentence_says_how_sure_it_is():
    figures = DetectorFigures(
        bodies_found=1,
        levels_right=1,
        centre_error_mm=1,
        corner_error_mm=1,
        disc_dice=0.9,
        correction_mm=1,
    )
    compared = DetectorComparison(
        old_name="old",
        old_sha256="",
        new_sha256="",
        people=4,
        series=8,
        with_validation=True,
        old=figures,
        new=figures,
        gain_mm=0.135,
        gain_interval_mm=(-0.03, 0.24),
        verdict="unsure",
    )
    sentence = compared.sentence()
    assert sentence.startswith("Not surely better: corners need 0.14 mm less correction on 4")
    assert "-0.03 to 0.24 mm" in sentence
    assert "Fewer than 5 people" in sentence
    assert "choose the best epoch" in sentence
    many = compared.model_copy(
        update={"people": 9, "with_validation": False, "gain_mm": -0.3, "verdict": "worse"}
    )
    assert many.sentence().startswith("Worse: corners need 0.30 mm more correction on 9 people")
    assert "Fewer" not in many.sentence()
