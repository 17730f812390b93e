"""A model is measured on graded discs, and what it reached is kept beside its run."""

from dataclasses import replace

import pytest

from spinegrader.domain.grades import Answer, ReadingMode
from spinegrader.errors import TrainingError
from spinegrader.model.splits import Part
from spinegrader.services import headless, reading
from spinegrader.services.evaluated import evaluated
from spinegrader.services.evaluating import evaluation_plan
from spinegrader.services.evaluation import (
    Evaluation,
    evaluations_folder,
    keep_evaluation,
    list_evaluations,
    read_evaluation,
)
from spinegrader.services.evaluation_survey import survey_evaluation
from spinegrader.services.graders import (
    SHIPPED,
    grading_model,
    shipped_grader,
    shipped_grader_folder,
)
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.surveys import split_of
from tests.services.flow_project import FOLLOW_UP, STUDY, UNRELATED, read
from tests.services.test_graders import ignore, never, own_run


@pytest.fixture
def graded(overlaid):
    """Two people, three studies; two of them are graded in full."""
    reading.ask_gradings(overlaid, ["pfirrmann"])
    read(overlaid, STUDY, 2)
    read(overlaid, UNRELATED, 4)
    return overlaid


def evaluate(session, people="unseen"):
    return evaluation_plan(session, shipped_grader_folder(), people).run(ignore, never)


def test_the_figures_are_those_of_the_command_line_and_are_kept(graded):
    path, found = evaluate(graded)
    told = headless.evaluate(graded, SHIPPED, None, ignore, never)
    (pfirrmann,) = found.gradings
    figures = told["per_grading"]["pfirrmann"]
    assert (found.people, found.studies, found.discs) == (2, 2, 12)
    assert pfirrmann.agreement.n == figures["n"] == 12
    assert pfirrmann.agreement.confusion == figures["confusion"]
    assert sum(map(sum, pfirrmann.agreement.confusion)) == 12
    assert 0 <= pfirrmann.calibration_error <= 1
    bins = pfirrmann.reliability
    assert sum(item.discs for item in bins) == 12
    right = sum(row[at] for at, row in enumerate(pfirrmann.agreement.confusion))
    assert sum(item.discs * item.share_right for item in bins) == pytest.approx(right)
    gaps = sum(item.discs * abs(item.mean_confidence - item.share_right) for item in bins)
    assert pfirrmann.calibration_error == pytest.approx(gaps / 12)
    assert path.parent == evaluations_folder(graded.store.runs_folder, SHIPPED)
    assert read_evaluation(path) == found
    assert graded.state.predictions_of_study(STUDY) == {}


def test_a_second_evaluation_of_the_same_second_is_another_file(graded):
    path, found = evaluate(graded)
    other = keep_evaluation(graded.store.runs_folder, found)
    assert other != path
    assert path.read_bytes() == other.read_bytes()
    (path.parent / "20200101-000000.json").write_text("{}", encoding="utf-8")
    listed = list_evaluations(graded.store.runs_folder, SHIPPED)
    assert {item[0] for item in listed} == {path, other}
    assert list_evaluations(graded.store.runs_folder, "finetune-other") == []


def test_what_is_no_evaluation_is_refused_in_a_sentence():
    with pytest.raises(TrainingError, match="no evaluation"):
        Evaluation.from_json('{"model": "x"}')


def test_only_people_kept_aside_for_tests_count_where_they_are_chosen(graded):
    aside = {subject for subject, part in split_of(graded).items() if part is Part.TEST}
    survey = survey_evaluation(graded, shipped_grader(), "test")
    if aside:
        assert f"{6 * len(aside)} graded discs" in survey.findings[0]
    else:
        assert "None of the people kept aside" in survey.problem
        with pytest.raises(TrainingError, match="None of the people kept aside"):
            evaluation_plan(graded, shipped_grader_folder(), "test")


def test_people_whom_the_model_knows_are_counted_or_left_out(graded):
    train = list(split_of(graded))
    card = shipped_grader().card
    own_run(graded, "finetune-a", subjects={"train": train[:1]}, gradings=card.gradings)
    model = grading_model(graded, "finetune-a")
    flattered = survey_evaluation(graded, model, "everyone")
    assert any("learned from 1 of these people" in text for text in flattered.findings)
    assert "12 graded discs of 2 people" in flattered.findings[0]
    unseen = survey_evaluation(graded, model, "unseen")
    assert "6 graded discs of 1 person" in unseen.findings[0]
    assert not any("learned from" in text for text in unseen.findings)


def test_a_model_from_elsewhere_may_have_seen_these_people_and_that_is_kept(graded):
    card = shipped_grader().card
    origin = {"name": "finetune-x", "imported_at": "2026-01-01T00:00:00+00:00"}
    own_run(graded, "imported-a", imported=origin, gradings=card.gradings)
    survey = survey_evaluation(graded, grading_model(graded, "imported-a"), "unseen")
    assert any("came as a file or was deleted" in text for text in survey.findings)
    found = evaluated(graded, grading_model(graded, "imported-a"), "unseen")
    plan = replace(evaluation_plan(graded, shipped_grader_folder(), "unseen"), evaluated=found)
    path, kept = plan.run(ignore, never)
    assert kept.is_origin_unknown
    assert read_evaluation(path).is_origin_unknown
    assert not evaluate(graded)[1].is_origin_unknown


def test_a_study_that_is_still_read_blinded_tells_nothing(graded):
    set_protocol(graded, ReadingProtocol(mode=ReadingMode.BLINDED))
    item = reading.next_open_item(graded, FOLLOW_UP)
    reading.answer(graded, FOLLOW_UP, item, Answer.GRADED, 3)
    survey = survey_evaluation(graded, shipped_grader(), "everyone")
    assert "12 graded discs" in survey.findings[0]
    assert any("1 study is still being read" in text for text in survey.findings)
    told = headless.evaluate(graded, SHIPPED, None, ignore, never)
    assert told["per_grading"]["pfirrmann"]["n"] == 12
    assert "1 study is still being read without a look at other grades" in told["note"]


def test_where_all_is_still_read_blinded_the_command_says_so(overlaid):
    reading.ask_gradings(overlaid, ["pfirrmann"])
    set_protocol(overlaid, ReadingProtocol(mode=ReadingMode.BLINDED))
    item = reading.next_open_item(overlaid, FOLLOW_UP)
    reading.answer(overlaid, FOLLOW_UP, item, Answer.GRADED, 3)
    with pytest.raises(TrainingError, match="1 study is still being read"):
        headless.evaluate(overlaid, SHIPPED, None, ignore, never)


def test_without_a_model_it_says_so(graded):
    assert "no grading model" in survey_evaluation(graded, None).problem
