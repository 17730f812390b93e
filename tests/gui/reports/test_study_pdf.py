"""The report of a study as a person reads it: pages, words, pictures."""

import datetime as dt
from dataclasses import replace

import pytest

from spinegrader.commands.report import report as report_command
from spinegrader.domain.grades import Answer
from spinegrader.errors import InputError
from spinegrader.gui.reports.study_pdf import write_study_pdf
from spinegrader.services import reading
from spinegrader.services.session import Session
from spinegrader.services.study_report import ReportWish
from spinegrader.services.study_reporting import study_report
from tests.command_calls import caller
from tests.gui.hanging_project import EARLIER, LATER, READER, T2, make_project
from tests.pdf_text import fonts, page_texts, picture_count
from tests.services.test_study_report import PFIRRMANN, predict, read_all

WHOLE = ReportWish()
NOTICE = "Research use. Not a medical device."


@pytest.fixture
def session(qapp, tmp_path):
    make_project(tmp_path / "project")
    opened = Session.open(tmp_path / "project", READER)
    yield opened
    opened.close()


def written(session, folder, study_uid=LATER, wish=WHOLE, change=lambda report: report):
    path = folder / "report.pdf"
    report = change(study_report(session, study_uid, wish))
    pages = write_study_pdf(report, session.store, path)
    texts = page_texts(path)
    assert len(texts) == pages
    return path, texts


def test_the_pages_tell_grades_model_prior_and_who(session, tmp_path):
    predict(session)
    reading.answer(session, EARLIER, PFIRRMANN, Answer.GRADED, 2)
    read_all(session, value=1)
    reading.answer(session, LATER, PFIRRMANN, Answer.GRADED, 3)
    reading.comment(session, LATER, PFIRRMANN, "dark and narrow")
    path, texts = written(session, tmp_path)
    whole = " ".join(texts)
    assert "Poe, Pat" in whole
    assert "Dr A (blinded)" in whole
    assert "2015-03-01, 4.0 years earlier" in whole
    # One row each: the reader's, the model's beside it, the prior's with the steps between.
    assert "Pfirrmann reader I III I model – ≠ IV 70 % – before – II (+1) –" in whole
    assert "L4/L5, Pfirrmann: dark and narrow" in whole
    assert "Model finetune-1 (aaaaaaaa)." in whole
    assert "Mean height (mm)" in whole
    assert fonts(path) == (2, 2)
    # Both middle slices, and the disc with a finding at either visit.
    assert picture_count(path) >= 4


def test_each_page_has_its_number_and_the_notice(session, tmp_path):
    read_all(session)
    for item in reading.items_of(session, LATER):
        reading.comment(session, LATER, item, "a long remark " * 40)
    _, texts = written(session, tmp_path)
    assert len(texts) > 2
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert NOTICE in text
        assert "P-1 · 2019-03-01" in text
    # Nothing of them is lost between the pages.
    assert " ".join(texts).count("a long remark") == 40 * len(reading.items_of(session, LATER))


def test_hidden_identity_is_nowhere_in_the_file(session, tmp_path):
    read_all(session)
    wish = ReportWish(identity_hidden=True)
    path, texts = written(session, tmp_path, wish=wish)
    whole = " ".join(texts)
    for part in ("Poe", "P-1", "2019-03-01", "2015-03-01"):
        assert part not in whole
        assert part.encode() not in path.read_bytes()
    assert "Visit 2" in whole


def test_a_blinded_study_says_why_the_model_is_silent(session, tmp_path):
    predict(session)
    reading.answer(session, LATER, PFIRRMANN, Answer.GRADED, 3)
    _, texts = written(session, tmp_path)
    whole = " ".join(texts)
    assert "this study is read blinded" in whole
    assert "70 %" not in whole


def test_a_first_visit_and_a_long_name_fit(session, tmp_path):
    name = "Wolfeschlegelsteinhausenbergerdorff" * 3

    def renamed(report):
        return replace(report, patient=replace(report.patient, name=name))

    _, texts = written(session, tmp_path, EARLIER, change=renamed)
    assert "none in this project" in texts[0]
    assert name in texts[0].replace(" ", "")


def test_pixels_that_are_gone_leave_words_in_their_place(session, tmp_path):
    series = session.state.series[T2]
    report = study_report(session, LATER)
    lost = replace(series, pixels="0" * 64)
    visit = replace(report.visit, series=lost)
    path = tmp_path / "report.pdf"
    write_study_pdf(replace(report, visit=visit), session.store, path)
    assert "The pixels of this image can't be read." in " ".join(page_texts(path))


def test_a_file_that_can_not_be_written_is_one_sentence(session, tmp_path):
    report = study_report(session, LATER)
    with pytest.raises(InputError, match="choose another place"):
        write_study_pdf(report, session.store, tmp_path / "nowhere" / "report.pdf")


def test_the_command_writes_the_latest_visit_of_a_patient(session, tmp_path, capsys):
    reading.answer(session, LATER, PFIRRMANN, Answer.GRADED, 3)
    folder = session.store.folder
    session.close()
    call = caller(report_command, capsys)
    path = tmp_path / "out.pdf"
    code, out, err = call(folder, "P-1", "--output", path, "--reader", READER, "--hide-identity")
    assert code == 0, err
    assert f"pages in {path}" in out
    whole = " ".join(page_texts(path))
    assert "Visit 2" in whole
    assert "Poe" not in whole
    assert f"{dt.datetime.now(dt.UTC):%Y-%m-%d}" in whole
    code, _, err = call(folder, "nobody", "--output", path)
    assert code == 1
    assert err.startswith("There is no study “nobody”")
