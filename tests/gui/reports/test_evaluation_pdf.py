"""The report of an evaluation as a person reads it."""

import pytest

from spinegrader.commands.report import report_evaluation
from spinegrader.gui.reports.evaluation_pdf import write_evaluation_pdf
from spinegrader.services.evaluation import keep_evaluation
from spinegrader.services.evaluation_report import evaluation_report
from spinegrader.services.reliability_words import overall_words
from spinegrader.services.session import Session
from tests.command_calls import caller
from tests.evaluations import an_evaluation
from tests.pdf_text import fonts, page_texts

NOTICE = "Research use. Not a medical device."


@pytest.fixture
def pages_of(qapp, tmp_path):
    def write(evaluation):
        path = tmp_path / "evaluation.pdf"
        write_evaluation_pdf(evaluation_report(tmp_path, evaluation), path)
        assert fonts(path) == (2, 2)
        return page_texts(path)

    return write


def test_figures_intervals_and_matrices_are_those_of_the_evaluation(pages_of):
    evaluation = an_evaluation()
    texts = pages_of(evaluation)
    whole = " ".join(texts)
    for its in evaluation.gradings:
        found = its.agreement
        low, high = found.weighted_kappa_interval
        assert whole.count(f"{found.weighted_kappa:.2f} ({low:.2f}–{high:.2f})") == 2
        assert f"{its.people} {found.n} {found.mean_class_accuracy:.2f}" in whole
        for counts in found.confusion:
            assert " ".join(map(str, counts)) in whole
    # Grades without an order have no neighbours.
    assert f"– {evaluation.gradings[1].calibration_error:.2f}" in whole
    assert "Model that comes with SpineGrader" in whole
    assert "SPIDER: van der Graaf et al." in whole
    for number, text in enumerate(texts, start=1):
        assert NOTICE in text
        assert f"Page {number} of {len(texts)}" in text


def test_how_sure_and_how_right_it_is_stands_in_words_beside_the_diagrams(pages_of):
    evaluation = an_evaluation()
    whole = " ".join(pages_of(evaluation))
    for its in evaluation.gradings:
        assert overall_words(its) in whole
    assert "how sure, %" in whole
    earlier = [its.model_copy(update={"reliability": ()}) for its in evaluation.gradings]
    assert "how sure, %" not in " ".join(pages_of(an_evaluation(gradings=tuple(earlier))))


def test_warnings_stand_on_the_first_page(pages_of):
    (first, *_) = pages_of(an_evaluation(learned_from=2, is_simulated=True))
    assert "! The model learnt from 2 of these people: the figures flatter it." in first
    assert "! Simulated people" in first
    (first, *_) = pages_of(an_evaluation(is_origin_unknown=True))
    assert "Whom the model learned from is not known in full" in first
    (first, *_) = pages_of(an_evaluation())
    assert "!" not in first


def test_a_figure_that_is_not_defined_says_so(pages_of):
    one = an_evaluation().gradings[0]
    bare = one.agreement.__class__(0, None, None, None, None, [[0] * 5] * 5)
    changed = one.model_copy(update={"agreement": bare, "calibration_error": None})
    assert " ".join(pages_of(an_evaluation(gradings=(changed,)))).count("not defined") >= 4


def test_the_command_reports_the_newest_evaluation(qapp, tmp_path, capsys):
    session = Session.open_or_create(tmp_path / "project", "A")
    runs = session.store.runs_folder
    session.close()
    call = caller(report_evaluation, capsys)
    path = tmp_path / "out.pdf"
    code, _, err = call(tmp_path / "project", "--output", path)
    assert code == 1
    assert err.startswith("No evaluation is kept in the project")
    for year in (2025, 2026):
        at = an_evaluation().evaluated_at.replace(year=year)
        keep_evaluation(runs, an_evaluation(evaluated_at=at))
    code, out, err = call(tmp_path / "project", "--output", path)
    assert code == 0, err
    assert out.startswith("Model that comes with SpineGrader: ")
    assert "2026-03-04" in page_texts(path)[0]
    code, _, err = call(tmp_path / "project", "--model", "finetune-9", "--output", path)
    assert "of “finetune-9”" in err
