"""What the detector's benchmark counts, on made-up findings; the detector on a real study."""

import numpy as np
import pytest

from benchmarks.detector.matching import Outcome, TrueBody, compared, disc_dice
from benchmarks.detector.pooled import pooled
from benchmarks.detector.study_figures import is_right, study_volumes
from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.study import Plane
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.errors import TrainingError
from spinegrader.imaging.detection.finding import SpineFinding
from spinegrader.services.finder import load_finder

_SPACING_MM = 0.5
_L4, _L5, _S1 = VertebraLevel.L4, VertebraLevel.L5, VertebraLevel.S1


def _geometry() -> VolumeGeometry:
    matrix = np.zeros((4, 4))
    matrix[1, 0], matrix[2, 1], matrix[0, 2], matrix[3, 3] = _SPACING_MM, -_SPACING_MM, 4, 1
    return VolumeGeometry.from_matrix(matrix, (3, 400, 300))


def _quad(top_mm: float, back_mm: float = 0) -> np.ndarray:
    front, back = 50 + back_mm, 85 + back_mm
    corners = [(front, top_mm), (back, top_mm), (back, top_mm + 27), (front, top_mm + 27)]
    return np.asarray(corners, dtype=float)


def _found(level: VertebraLevel, quad: np.ndarray) -> Vertebra:
    index = np.column_stack([quad / _SPACING_MM, np.ones(4)])
    return Vertebra(level, tuple(map(tuple, _geometry().to_mm(index))))


def _compared(found: list[Vertebra], truth: list[TrueBody]) -> Outcome:
    return compared("1", "T2", SpineFinding(vertebrae=tuple(found)), _geometry(), truth)


def test_found_bodies_are_counted_measured_and_their_names_checked():
    truth = [TrueBody(_L4, _quad(20)), TrueBody(_L5, _quad(60)), TrueBody(_S1, _quad(100))]
    found = [_found(_L4, _quad(24, 3)), _found(_S1, _quad(61)), _found(_L5, _quad(160))]

    sums = _compared(found, truth).sums

    assert sums["bodies found"] == (2, 3)
    assert sums["false bodies"] == (1, 1)
    assert sums["centre"] == pytest.approx((5 + 1, 2))
    assert sums["corners"] == pytest.approx((4 * 5 + 4 * 1, 8))
    assert sums["names"] == (1, 2)
    assert sums["series whole"] == (0, 1)


def test_unknown_corners_are_left_out_and_a_cut_body_may_be_found_or_not():
    upper_only = _quad(100)
    upper_only[2:] = np.nan
    truth = [TrueBody(_S1, upper_only), TrueBody(_L4, _quad(20), is_counted=False)]
    wide = _quad(101)
    wide[2:] += (0, 30)

    outcome = _compared([_found(_S1, wide), _found(_L4, _quad(20))], truth)

    assert outcome.sums["bodies found"] == (1, 1)
    assert outcome.sums["false bodies"] == (0, 1)
    assert outcome.sums["corners"] == pytest.approx((2, 2))
    assert outcome.is_named_right


def test_overlap_of_a_disc_is_that_of_its_pixels():
    truth = np.zeros((3, 400, 300), dtype=bool)
    truth[1, 100:120, 100:160] = True
    corners = [(99.5, 99.5), (129.5, 99.5), (129.5, 119.5), (99.5, 119.5)]
    outline = _geometry().to_mm([(column, row, 1) for column, row in corners])
    disc = Disc(DiscLevel(_L4, _L5), tuple(map(tuple, outline)))

    assert disc_dice(disc, _geometry(), truth) == pytest.approx(2 * 600 / (600 + 1200))


def test_an_interval_is_that_of_patients_not_of_bodies():
    sums = [("1", 0.0), ("1", 0.0), ("2", 10.0), ("2", 10.0)]
    outcomes = [Outcome(who, "T2", SpineFinding(), {"names": (hits, 10)}) for who, hits in sums]

    figure = pooled(outcomes, "names")

    assert (figure.value, figure.low, figure.high, figure.count) == (0.5, 0.0, 1.0, 40)
    assert pooled(outcomes, "nothing of that name").count == 0


def test_the_detector_that_comes_along_names_a_real_study_right(real_data, monkeypatch):
    if not (real_data / "lumbar_cc0" / "hospital_a").is_dir():
        pytest.skip("needs the real images lumbar_cc0")
    monkeypatch.setenv("SPINEGRADER_DATA", str(real_data))
    try:
        find = load_finder()
    except TrainingError as error:
        pytest.skip(f"no detector comes along: {error.message}")

    right = {series.description: is_right(find(it)) for series, it in study_volumes(Plane.SAGITTAL)}

    assert right == {"T2 SAG": True, "T1 SAG": True, "STIR SAG": True}
