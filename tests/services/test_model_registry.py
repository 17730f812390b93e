"""Which model grades, what is noted on it, which may go, and which is better."""

from dataclasses import replace

import pytest

from spinegrader.errors import InputError, TrainingError
from spinegrader.model.runs import read_card
from spinegrader.services import headless
from spinegrader.services.compared_models import value_of
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.graders import SHIPPED, grading_model, shipped_grader
from spinegrader.services.model_comparing import comparing_plan
from spinegrader.services.model_files import export_model
from spinegrader.services.model_intake import import_model
from spinegrader.services.model_notes import keep_note, note_in
from spinegrader.services.model_registry import (
    check_may_go,
    choose_model,
    choose_newest,
    model_in_use,
    registered_models,
)
from spinegrader.services.review import people_behind
from spinegrader.services.runs import runs_to_start_from
from spinegrader.services.session import Session
from tests.gui.cohort_project import project
from tests.services.test_graders import own_run
from tests.trained_models import finetuned, ignore, never, pretrained

__all__ = ["project"]


@pytest.fixture
def cohort(project):
    """Eight simulated people, most of them graded."""
    opened = Session.open(project, SIMULATED_READER)
    yield opened
    opened.store.close(wait=True)


def names_in_use(session):
    return [item.model.name for item in registered_models(session) if item.is_in_use]


def test_the_newest_is_used_until_one_is_chosen_and_undo_goes_back(session):
    assert names_in_use(session) == [SHIPPED]
    own_run(session, "old")
    own_run(session, "new", "2026-02-01")
    assert names_in_use(session) == ["new"]
    assert not any(item.is_chosen for item in registered_models(session))

    choose_model(session, "old")
    assert names_in_use(session) == ["old"]
    assert registered_models(session)[0].is_chosen
    own_run(session, "newest", "2026-03-01")
    assert model_in_use(session).name == "old"
    assert grading_model(session, "latest").name == "newest"
    choose_model(session, SHIPPED)
    assert model_in_use(session).is_shipped

    session.undo()
    assert names_in_use(session) == ["old"]
    session.undo()
    assert names_in_use(session) == ["newest"]


def test_choosing_the_same_again_changes_nothing(session):
    own_run(session, "mine")
    assert choose_model(session, "mine").settings
    assert not choose_model(session, "mine").settings
    assert choose_newest(session).settings
    assert not choose_newest(session).settings


def test_another_reader_sees_what_was_chosen(session, tmp_path):
    own_run(session, "old")
    own_run(session, "new", "2026-02-01")
    choose_model(session, "old")
    other = Session.open(tmp_path / "project", "B")
    try:
        assert names_in_use(other) == ["old"]
    finally:
        other.store.close(wait=True)


def test_what_still_trains_is_not_chosen(session):
    own_run(session, "training", state="running")
    with pytest.raises(TrainingError, match="“training” is not finished yet"):
        choose_model(session, "training")
    with pytest.raises(InputError, match="no model “nobody's”"):
        choose_model(session, "nobody's")


def test_a_chosen_model_that_is_gone_or_another_one_is_told(session):
    own_run(session, "mine")
    own_run(session, "other", "2026-02-01")
    choose_model(session, "mine")
    card = session.store.runs_folder / "mine" / "card.json"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("0" * 64, "1" * 64), encoding="utf-8")
    with pytest.raises(TrainingError, match="weights have changed since"):
        model_in_use(session)
    card.unlink()
    with pytest.raises(TrainingError, match=r"isn't there any more\. Choose another one"):
        model_in_use(session)
    assert names_in_use(session) == []
    choose_newest(session)
    assert names_in_use(session) == ["other"]


def test_the_one_in_use_may_not_go(session):
    own_run(session, "mine")
    own_run(session, "other", "2026-02-01")
    check_may_go(session, "mine")
    choose_model(session, "mine")
    check_may_go(session, "other")
    with pytest.raises(TrainingError, match="choose another model before you delete it"):
        check_may_go(session, "mine")


def test_a_note_is_kept_with_the_run_and_can_be_emptied(session):
    own_run(session, "mine")
    folder = session.store.runs_folder / "mine"
    keep_note(folder, "  Best on narrowing.\n")
    assert note_in(folder) == "Best on narrowing."
    (mine,) = (item for item in registered_models(session) if item.model.name == "mine")
    assert mine.note == "Best on narrowing."
    with pytest.raises(TrainingError, match="5000 letters: shorten it to 4000"):
        keep_note(folder, "x" * 5000)
    assert note_in(folder) == "Best on narrowing."
    keep_note(folder, "")
    assert note_in(folder) == ""


def test_models_are_compared_on_people_whom_none_has_learnt_from(cohort):
    one, other = finetuned(cohort), finetuned(cohort, seed=1)
    models = [grading_model(cohort, folder.name) for folder in (one, other)]
    models.append(shipped_grader())
    plan = comparing_plan(cohort, models)
    seen, _ = people_behind(cohort, [one.name, other.name])
    test = set(read_card(one).subjects["test"])
    assert seen
    assert set(plan.subjects.values()) <= test
    assert not set(plan.subjects.values()) & seen

    found = plan.run(ignore, never)
    assert [item.model for item in found.figures] == [one.name, other.name, SHIPPED]
    assert {item.people for item in found.figures} == {len(set(plan.subjects.values()))}
    # The run's own figures are on the same people: an independent way to the same number.
    own = read_card(one).agreement["pfirrmann"]
    assert found.figures[0].agreement == own
    expected = read_card(one).figures["pfirrmann.test_calibration_error"]
    assert found.figures[0].calibration_error == pytest.approx(expected)
    assert found.is_simulated
    assert "too few to say which is better" in found.notices[0]
    assert any("public images" in notice for notice in found.notices)
    assert [(pair.first, pair.second) for pair in found.pairs] == [
        (one.name, other.name),
        (one.name, SHIPPED),
        (other.name, SHIPPED),
    ]
    for pair in found.pairs:
        by_name = {item.model: item for item in found.figures}
        first, second = by_name[pair.first], by_name[pair.second]
        for difference, figure in (
            (pair.accuracy, "mean_class_accuracy"),
            (pair.kappa, "weighted_kappa"),
        ):
            ends = value_of(first, figure), value_of(second, figure)
            if None not in ends:
                assert difference.value == pytest.approx(ends[0] - ends[1])


def test_a_comparison_is_kept_until_a_grade_changes(cohort):
    folders = [finetuned(cohort), finetuned(cohort, seed=1)]
    models = [grading_model(cohort, folder.name) for folder in folders]
    plan = comparing_plan(cohort, models)
    found = plan.run(ignore, never)
    for folder in folders:
        (folder / "model.safetensors").unlink()  # a second prediction would fail
    assert comparing_plan(cohort, models).run(ignore, never) == found

    uid, disc = next(iter(plan.labels["pfirrmann"]))
    changed = {"pfirrmann": plan.labels["pfirrmann"] | {(uid, disc): 5}}
    if plan.labels["pfirrmann"][uid, disc] == 5:
        changed["pfirrmann"][uid, disc] = 4
    with pytest.raises(TrainingError):
        replace(plan, labels=plan.labels | changed).run(ignore, never)


def test_a_comparison_needs_two_models_and_somebody_left(cohort):
    folder = finetuned(cohort)
    model = grading_model(cohort, folder.name)
    with pytest.raises(TrainingError, match="at least two models"):
        comparing_plan(cohort, [model])
    everybody = read_card(folder)
    people = tuple(name for names in everybody.subjects.values() for name in names)
    own_run(cohort, "greedy", subjects={"train": people}, gradings={})
    with pytest.raises(TrainingError, match="Nobody is left on whom these models"):
        comparing_plan(cohort, [model, grading_model(cohort, "greedy")])


def test_what_came_as_a_file_starts_a_training_and_its_people_stay_unknown(cohort, tmp_path):
    source = finetuned(cohort)
    file = export_model(source, tmp_path / "model")
    (source / "card.json").unlink()
    imported = import_model(cohort.store.runs_folder, file)
    assert people_behind(cohort, [imported.folder.name])[1] == {imported.folder.name}
    # It never grades by itself.
    assert model_in_use(cohort).is_shipped
    choose_model(cohort, imported.folder.name)
    assert model_in_use(cohort).folder == imported.folder

    fresh = finetuned(cohort, start_from=imported.folder)
    card = read_card(fresh)
    assert card.start_from is not None
    assert card.start_from.name == imported.folder.name
    assert people_behind(cohort, [fresh.name])[1] == {imported.folder.name}
    for name, words in ((fresh.name, "started from a run"), (imported.folder.name, "was trained")):
        note = headless.evaluate(cohort, name, None, ignore, never)["note"]
        assert f"{name} {words}" in note
        assert "whether these people were seen can't be told" in note
    plan = comparing_plan(cohort, [grading_model(cohort, fresh.name), shipped_grader()])
    assert any("where one of these models began" in notice for notice in plan.notices)


def test_an_own_fine_tuning_is_no_start(cohort):
    with pytest.raises(TrainingError, match="is no pre-training"):
        finetuned(cohort, start_from=finetuned(cohort))


def test_the_command_line_predicts_with_the_chosen_one(cohort, tmp_path):
    first = finetuned(cohort)
    finetuned(cohort, seed=1)
    choose_model(cohort, first.name)
    assert headless.predict(cohort, "default", ignore, never)["model"] == first.name


def test_a_pretraining_goes_from_one_project_to_another(cohort, tmp_path):
    file = export_model(pretrained(cohort), tmp_path / "pretraining.spinegrader-model")
    there = Session.open_or_create(tmp_path / "there", "A")
    try:
        imported = import_model(there.store.runs_folder, file)
        assert imported.card.kind == "pretrain"
        assert headless._origin(there, imported.folder.name) == imported.folder
        assert runs_to_start_from(there) == [imported.card]
        # It is used by its name only, and there is nothing to go on with.
        assert headless._origin(there, "latest") is None
        with pytest.raises(InputError, match="came as a file"):
            headless.pretrain(there, headless.Choices(), imported.folder.name, ignore, never)
    finally:
        there.store.close(wait=True)
