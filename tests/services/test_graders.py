"""Which model grades, whom it may grade, and what is said of it."""

import csv
from dataclasses import replace

import pytest

from spinegrader.domain.edits import ImportStudies, SetOverlay
from spinegrader.domain.grades import ReadingMode
from spinegrader.domain.study import Patient, Plane, Series, Study, Weighting
from spinegrader.errors import InputError, TrainingError
from spinegrader.model.config import FinetuneConfig
from spinegrader.model.metrics import Agreement
from spinegrader.model.runs import RunCard, read_card, write_card
from spinegrader.services import graders, headless, reading
from spinegrader.services.exporting import export_csv
from spinegrader.services.graders import (
    SHIPPED,
    grading_model,
    grading_models,
    shipped_grader,
    shipped_grader_folder,
)
from spinegrader.services.labels import labels_of
from spinegrader.services.model_words import about_model, said_of
from spinegrader.services.predicting import predict_plan
from spinegrader.services.predictions import keep_predictions
from spinegrader.services.protocol import ReadingProtocol, set_protocol
from spinegrader.services.review import accept_all, people_behind
from spinegrader.services.review_rows import review_rows
from spinegrader.services.surveys import survey_finetuning, survey_prediction
from spinegrader.services.wording import RESEARCH_NOTICE
from tests.services.conftest import GEOMETRY, STUDIES, column
from tests.services.flow_project import STUDY, UNRELATED, read

T1_STUDY = "1.2.31"


def ignore(event):
    del event


def never():
    return False


def own_run(session, name, day="2026-01-01", **changes):
    plain = {
        "kind": "finetune",
        "name": name,
        "state": "finished",
        "started_at": f"{day}T10:00:00+00:00",
        "epochs": 1,
        "counts": {},
        "fingerprint": "",
        "subjects": {},
        "settings": FinetuneConfig.laptop().model_dump(mode="json"),
        "weights_sha256": "0" * 64,
    }
    folder = session.store.runs_folder / name
    folder.mkdir(parents=True)
    write_card(folder, RunCard.model_validate(plain | changes))


def add_t1_study(session):
    """A fourth study, whose only series is T1-weighted."""
    pixels = session.state.series[f"{STUDY}.1"].pixels
    series = Series(f"{T1_STUDY}.1", T1_STUDY, pixels, GEOMETRY, Plane.SAGITTAL, Weighting.T1)
    patient, study = Patient("P3", "Name^P3"), Study(T1_STUDY, "P3", None)
    session.apply(ImportStudies((patient,), (study,), (series,)))
    session.apply(SetOverlay(series.uid, None, column(series.uid)))


@pytest.fixture
def predicted(overlaid):
    """Three studies, graded by the shipped model."""
    keep_predictions(overlaid, predict_plan(overlaid, shipped_grader_folder()).run(ignore, never))
    return overlaid


def test_own_models_come_first_and_the_shipped_one_last(session):
    assert [item.is_shipped for item in grading_models(session)] == [True]
    own_run(session, "old")
    own_run(session, "new", "2026-02-01")
    own_run(session, "training", "2026-03-01", state="running")
    assert [item.name for item in grading_models(session)] == ["new", "old", SHIPPED]


def test_the_default_is_the_newest_own_model_and_else_the_shipped_one(session):
    for name in ("default", "latest", SHIPPED):
        assert grading_model(session, name) == shipped_grader()
    own_run(session, "bare", weights_sha256="")
    assert grading_model(session, "default").is_shipped
    own_run(session, "mine")
    for name in ("default", "latest", "mine"):
        assert grading_model(session, name).folder == session.store.runs_folder / "mine"
    assert grading_model(session, SHIPPED).is_shipped
    with pytest.raises(InputError, match="no model “yours”; there are: mine, shipped"):
        grading_model(session, "yours")


def test_without_the_shipped_one_a_project_has_its_own(session, monkeypatch, tmp_path):
    monkeypatch.setattr(graders, "resources_folder", lambda: tmp_path)
    own_run(session, "mine")
    assert [item.name for item in grading_models(session)] == ["mine"]
    with pytest.raises(TrainingError, match="install SpineGrader again"):
        grading_model(session, SHIPPED)


def test_a_card_of_before_opens_and_may_judge_every_contrast(session):
    own_run(session, "mine")
    file = session.store.runs_folder / "mine" / "card.json"
    text = file.read_text(encoding="utf-8")
    for key in ("trained_on", "sources", "weightings"):
        assert f'"{key}"' in text
    card = RunCard.model_validate_json(text).model_dump(
        mode="json", exclude={"trained_on", "sources", "weightings"}
    )
    assert RunCard.model_validate(card).weightings == ()
    add_t1_study(session)
    survey = survey_prediction(session, card=grading_model(session, "mine").card)
    assert survey.findings[0].endswith("in 1 study with vertebrae.")


def test_studies_of_other_contrasts_are_left_out_and_that_is_said(overlaid):
    add_t1_study(overlaid)
    plan = predict_plan(overlaid, shipped_grader_folder())
    assert {item.study_uid for item in plan.requests} == set(STUDIES)
    assert plan.findings == (
        "18 discs in 3 studies with vertebrae.",
        "1 study has no T2-weighted sagittal series: left out.",
    )
    with pytest.raises(TrainingError, match="trained on T2-weighted sagittal series"):
        predict_plan(overlaid, shipped_grader_folder(), [T1_STUDY])


def test_a_scheme_without_its_gradings_is_one_sentence(overlaid):
    card = shipped_grader().card
    other = {"other": next(iter(card.gradings.values()))}
    survey = survey_prediction(overlaid, card=card.model_copy(update={"gradings": other}))
    assert "no grading of this project's scheme" in survey.problem


def test_its_predictions_name_it_whatever_its_card_is_called(predicted):
    found = list(predicted.state.predictions.values())
    card = shipped_grader().card
    assert len(found) == 18 * len(card.gradings)
    assert {item.run for item in found} == {SHIPPED}
    assert {item.model_hash for item in found} == {card.weights_sha256}
    assert people_behind(predicted, [SHIPPED]) == (frozenset(), frozenset())


def test_what_is_said_comes_from_the_card(predicted):
    shipped = shipped_grader()
    card = shipped.card.model_copy(
        update={
            "trained_on": "grades of a test",
            "subjects": {"train": ("a", "b"), "test": ("c",)},
            "agreement": {"pfirrmann": Agreement(6, 0.5, 0.8125, (0.7, 0.9), 0.75, [])},
        }
    )
    model = replace(shipped, card=card)
    first, figures, data = about_model(model, predicted.scheme)
    assert first == "Model that comes with SpineGrader: trained on grades of a test (2 people)."
    assert figures == (
        "On 1 other person of the same data: Pfirrmann kappa 0.81 (95 % interval 0.70 to 0.90), "
        "50 % right in each grade on average, 75 % within one grade."
    )
    assert card.sources[0].attribution in data
    its = said_of(SHIPPED, card.weights_sha256, model)
    assert its == f"{first} Research use. Not a medical device."
    assert "another version of SpineGrader (01234567)" in said_of(SHIPPED, "0123456789", model)
    assert said_of("mine", "0123456789", model).startswith("Model mine (01234567).")


def test_exported_rows_say_what_it_was_trained_on(predicted, tmp_path):
    export_csv(predicted, tmp_path / "grades.csv")
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["source"], row["reader"]) for row in rows} == {("model", SHIPPED)}
    (notice,) = {row["notice"] for row in rows}
    assert read_card(shipped_grader_folder()).trained_on in notice
    assert notice.endswith("Not a medical device.")


def test_only_what_a_reader_accepts_of_it_trains_a_model(predicted):
    assert not any(labels_of(predicted, uid) for uid in STUDIES)
    assert "no graded disc yet" in survey_finetuning(predicted).findings[0]
    set_protocol(predicted, ReadingProtocol(mode=ReadingMode.ASSISTED))
    rows = review_rows(predicted, [STUDY])
    accept_all(predicted, rows)
    graded = labels_of(predicted, STUDY)
    assert {item.value for item in graded.values()} == {row.prediction.value for row in rows}
    assert not labels_of(predicted, UNRELATED)


def test_predicting_without_a_window_says_which_model_it_was(overlaid):
    told = headless.predict(overlaid, "default", ignore, never)
    assert told["model"] == SHIPPED
    assert told["about"] == list(about_model(shipped_grader(), overlaid.scheme))
    assert told["findings"] == ["18 discs in 3 studies with vertebrae."]
    assert told["note"] == RESEARCH_NOTICE
    assert len(overlaid.state.predictions) == told["predictions"] > 0
    evaluated = grade_and_evaluate(overlaid)
    assert evaluated["model"] == SHIPPED
    assert "never saw them, unless they are of" in evaluated["note"]
    assert evaluated["per_grading"]["pfirrmann"]["n"] == 6


def grade_and_evaluate(session):
    """A reader grades one study, blinded, and the shipped model is measured on it."""
    reading.ask_gradings(session, ["pfirrmann"])
    read(session, STUDY)
    return headless.evaluate(session, SHIPPED, None, ignore, never)
