import csv

import pytest

from spinegrader.domain.grades import Answer
from spinegrader.errors import InputError
from spinegrader.services import reading
from spinegrader.services.exporting import COLUMNS, export_csv

STUDY = "1.2.11"


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_a_grade_with_its_words(overlaid, tmp_path):
    items = reading.items_of(overlaid, STUDY)
    reading.answer(overlaid, STUDY, items[0], Answer.GRADED, 4)
    reading.answer(overlaid, STUDY, items[1], Answer.UNSURE)
    reading.comment(overlaid, STUDY, items[0], "=HYPERLINK(1)")
    assert export_csv(overlaid, tmp_path / "grades.csv") == 2
    rows = read(tmp_path / "grades.csv")
    assert tuple(rows[0]) == COLUMNS
    by_grading = {row["grading"]: row for row in rows}
    graded = by_grading[items[0].grading]
    assert (graded["disc"], graded["value"], graded["label"]) == ("T12/L1", "4", "IV")
    assert (graded["source"], graded["mode"], graded["reader"]) == ("human", "blinded", "A")
    assert graded["comment"] == "'=HYPERLINK(1)"
    assert by_grading[items[1].grading]["answer"] == "unsure"


def test_a_place_that_cannot_be_written_is_said(overlaid, tmp_path):
    target = tmp_path / "gone" / "grades.csv"
    with pytest.raises(InputError, match="could not be written"):
        export_csv(overlaid, target)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError):
        export_csv(overlaid, tmp_path / "folder.csv")
    assert list(tmp_path.glob("*.tmp")) == []
