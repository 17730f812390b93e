import shutil

import pytest

from spinegrader.services.evaluation_report import evaluation_report
from spinegrader.services.graders import shipped_grader, shipped_grader_folder
from tests.evaluations import an_evaluation


def test_the_card_is_told_in_words(tmp_path):
    report = evaluation_report(tmp_path, an_evaluation())
    facts = dict(report.model)
    card = shipped_grader().card
    assert facts["Model"] == "Model that comes with SpineGrader"
    assert facts["Learnt from"].startswith("trained on Pfirrmann grades")
    assert facts["Contrasts"] == "T2"
    assert facts["Best after"] == f"{card.best_epoch} of {card.epochs_done} epochs"
    assert card.weights_sha256.startswith(facts["Weights"])
    assert report.warnings == ()


def test_whom_it_was_evaluated_on_is_told(tmp_path):
    facts = dict(evaluation_report(tmp_path, an_evaluation(reader="Dr A")).people)
    assert facts["Evaluated on"] == "People kept aside for tests"
    assert facts["Compared"] == "60 graded discs in 12 studies of 12 people"
    assert facts["Reader"] == "Dr A"
    facts = dict(evaluation_report(tmp_path, an_evaluation()).people)
    assert facts["Reader"] == "who evaluated, else the latest other reader"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"learned_from": 3}, "The model learnt from 3 of these people"),
        ({"is_simulated": True}, "Simulated people"),
        ({"people": 4}, "So few people"),
        ({"weights_sha256": "0" * 64}, "other weights by now"),
        ({"model": "finetune-7"}, "no longer there"),
    ],
)
def test_what_speaks_against_the_figures_is_said(tmp_path, changes, words):
    (warning,) = evaluation_report(tmp_path, an_evaluation(**changes)).warnings
    assert words in warning


def test_a_run_of_the_project_names_its_people(tmp_path):
    shutil.copytree(shipped_grader_folder(), tmp_path / "finetune-7")
    report = evaluation_report(tmp_path, an_evaluation(model="finetune-7"))
    assert dict(report.model)["Model"] == "finetune-7"
    assert "Learnt from" in dict(report.model)
    assert report.warnings == ()
