import csv
import sys

import h5py
import pytest

from spinegrader.domain.grades import Answer
from spinegrader.errors import CancelledError, InputError
from spinegrader.services import reading
from spinegrader.services.exporting import COLUMNS, export_beside, export_csv, export_renewed
from spinegrader.services.session import Session
from tests.services.conftest import fill as fill_project
from tests.store.test_durability import fill, small_disk

__all__ = ["small_disk"]

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


def test_project_h5_is_renewed_before_the_table_is_written(overlaid, tmp_path):
    (item, *_) = reading.items_of(overlaid, STUDY)
    reading.answer(overlaid, STUDY, item, Answer.GRADED, 4)
    exported = export_renewed(overlaid, tmp_path / "grades.csv")
    assert exported.sentence == "1 row of grades written to grades.csv."
    with h5py.File(overlaid.store.folder / "project.h5") as file:
        assert len(file["grades"]) == 1


def test_an_export_beside_the_session_reads_what_is_on_the_disk(overlaid, tmp_path):
    (item, *_) = reading.items_of(overlaid, STUDY)
    reading.answer(overlaid, STUDY, item, Answer.GRADED, 4)
    folder, scheme = overlaid.store.folder, overlaid.scheme
    journals = sorted((folder / "journal").iterdir())
    exported = export_beside(folder, scheme, tmp_path / "grades.csv", lambda: False)
    assert exported.rows == 1
    assert sorted((folder / "journal").iterdir()) == journals
    with pytest.raises(CancelledError):
        export_beside(folder, scheme, tmp_path / "other.csv", lambda: True)
    assert not (tmp_path / "other.csv").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="mounts a small disk")
def test_where_project_h5_cannot_be_renewed_the_export_goes_on_and_says_so(small_disk, tmp_path):
    session = Session.open_or_create(small_disk / "p", "A")
    fill_project(session)
    (item, *_) = reading.items_of(session, STUDY)
    reading.answer(session, STUDY, item, Answer.GRADED, 4)
    fill(small_disk)
    exported = export_renewed(session, tmp_path / "grades.csv")
    assert exported.rows == 1
    assert "The disk is full. project.h5 was not renewed" in exported.sentence
    assert read(tmp_path / "grades.csv")[0]["value"] == "4"
    session.store.close(compact=False)
