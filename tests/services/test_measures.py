import csv

import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.numbering import Reach
from spinegrader.errors import InputError
from spinegrader.services import annotating
from spinegrader.services.measures import COLUMNS, MEASURES, export_measures, measures_of
from tests.services.conftest import column

SERIES = "1.2.11.1"
L3 = VertebraLevel.L3


def test_one_row_a_disc(overlaid):
    """Upright boxes, 33 mm deep and 22 mm high, 7 mm apart."""
    found = measures_of(overlaid, SERIES)
    assert found.lumbar_lordosis_degrees == pytest.approx(0)
    rows = found.rows()
    assert [row[0] for row in rows] == ["T12/L1", "L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1"]
    cells = dict(zip((measure.name for measure in MEASURES), rows[3][1:], strict=True))
    assert cells == {
        "height_anterior_mm": "7.0",
        "height_middle_mm": "7.0",
        "height_posterior_mm": "7.0",
        "height_mean_mm": "7.0",
        "height_per_neighbours": "1.00",
        "height_per_body_height": "0.32",
        "height_per_depth": "0.21",
        "disc_angle_degrees": "0.0",
        "segment_lordosis_degrees": "0.0",
        "slip_forward_mm": "0.0",
        "slip_percent": "0.0",
    }
    assert set(found.asides_mm.values()) == {0.0}


def test_a_moved_vertebra_measures_otherwise_at_once(overlaid):
    body = overlaid.state.overlay(SERIES).vertebra(L3)
    annotating.replace_vertebra(overlaid, SERIES, body.moved((4.4, 3.3, -2.0)))
    found = measures_of(overlaid, SERIES)
    below = found.discs[DiscLevel.parse("L3/L4")]
    assert below.height.mean_mm == pytest.approx(5)
    assert below.slip.percent == pytest.approx(-10)
    assert found.asides_mm[L3] == pytest.approx(4.4)


def test_a_body_without_depth_leaves_its_discs_empty(overlaid):
    body = overlaid.state.overlay(SERIES).vertebra(L3)
    front, _, _, low = body.corners_mm
    flat = body.with_corner(1, front).with_corner(2, low)
    annotating.replace_vertebra(overlaid, SERIES, flat)
    rows = {row[0]: row[1:] for row in measures_of(overlaid, SERIES).rows()}
    assert rows["L3/L4"] == rows["L2/L3"] == ("",) * len(MEASURES)
    below = dict(zip((measure.name for measure in MEASURES), rows["L4/L5"], strict=True))
    assert (below["height_mean_mm"], below["height_per_neighbours"]) == ("7.0", "1.00")
    level = body.with_corner(3, front).with_corner(2, body.corners_mm[1])
    annotating.replace_vertebra(overlaid, SERIES, level.moved((0.0, 0.0, -10.0)))
    assert measures_of(overlaid, SERIES).discs[DiscLevel.parse("L3/L4")] is not None


def test_without_vertebrae_there_are_no_rows(session):
    assert measures_of(session, SERIES).rows() == []
    with pytest.raises(InputError, match="not in the project"):
        measures_of(session, "1.2.99")


def test_the_exported_table_has_a_row_a_disc_of_every_series(overlaid, tmp_path):
    annotating.confirm(overlaid, SERIES)
    body = column(SERIES).vertebra(L3)
    annotating.replace_vertebra(overlaid, SERIES, body.moved((0.0, 3.3, 0.0)))
    annotating.renumber(overlaid, "1.2.12.1", VertebraLevel.S1, VertebraLevel.L6, Reach.ONLY)
    assert export_measures(overlaid, tmp_path / "measures.csv") == 18
    with (tmp_path / "measures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    (row,) = (row for row in rows if (row["series_uid"], row["disc"]) == (SERIES, "L3/L4"))
    assert (row["patient"], row["study_date"]) == ("P1", "2015-02-01")
    assert (row["overlay"], row["author"]) == ("confirmed", "A")
    # Numbers that a spreadsheet takes for numbers, those below zero too.
    assert (row["slip_forward_mm"], row["slip_percent"]) == ("-3.3", "-10.0")
    assert row["slip_direction"] == "retro"
    assert {row["slip_direction"] for row in rows if row["disc"] == "L4/L5"} == {""}
    assert row["lumbar_lordosis_degrees"] == "0.0"
    without_sacrum = [row for row in rows if row["series_uid"] == "1.2.12.1"]
    assert {row["lumbar_lordosis_degrees"] for row in without_sacrum} == {""}
