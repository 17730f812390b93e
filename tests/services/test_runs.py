import os

import pytest

from spinegrader.errors import TrainingError
from spinegrader.gui.training.run_entries import run_entries
from spinegrader.model.config import PretrainConfig
from spinegrader.model.runs import RunCard, write_card
from spinegrader.services.runs import (
    ended_runs,
    folder_of,
    is_paper_sized,
    remove_if_nothing_learnt,
    runs_with_weights,
    settings_of,
)


def card(name="run", **changes):
    plain = {
        "kind": "pretrain",
        "name": name,
        "state": "finished",
        "started_at": "2026-01-01T10:00:00+00:00",
        "epochs": 3,
        "epochs_done": 3,
        "counts": {},
        "fingerprint": "",
        "subjects": {},
        "settings": PretrainConfig.laptop().model_dump(mode="json"),
        "weights_sha256": "0" * 64,
    }
    return RunCard.model_validate(plain | changes)


def keep(session, **changes):
    found = card(**changes)
    folder = session.store.runs_folder / found.name
    folder.mkdir(parents=True)
    write_card(folder, found)
    return folder


def names(cards):
    return {found.name for found in cards}


def test_runs_are_told_apart_by_kind_weights_and_end(session):
    keep(session, name="finished")
    keep(session, name="stopped", state="stopped")
    keep(session, name="running", state="running")
    keep(session, name="failed", state="failed")
    keep(session, name="bare", weights_sha256="")
    keep(session, name="grader", kind="finetune")
    assert names(runs_with_weights(session, "pretrain")) == {
        "finished",
        "stopped",
        "running",
        "failed",
    }
    assert names(ended_runs(session, "pretrain")) == {"finished", "stopped"}
    assert names(ended_runs(session, "finetune")) == {"grader"}


def test_settings_of_another_version_are_an_error_in_words():
    assert settings_of(card(), PretrainConfig) == PretrainConfig.laptop()
    with pytest.raises(TrainingError, match="settings of this run can't be read"):
        settings_of(card(settings={"momentum_of_old": 1}), PretrainConfig)


def test_a_run_is_called_as_its_folder_and_leads_nowhere_else(session, tmp_path):
    precious = tmp_path / "precious"
    precious.mkdir()
    folder = keep(session, name="run")
    away = os.path.relpath(precious, session.store.runs_folder)
    write_card(folder, card(name=away))
    (entry,) = run_entries(session.store.runs_folder, [], is_simulated=False)
    assert entry.folder == folder
    assert names(runs_with_weights(session, "pretrain")) == {"run"}
    runs = session.store.runs_folder
    for crafted in (away, "../..", "..", ".", "", "a\\..\\b", "/etc"):
        assert folder_of(runs, crafted).parent == runs
        assert folder_of(runs, crafted).name not in ("", ".", "..")
    assert folder_of(runs, "finetune-20260101-000000").name == "finetune-20260101-000000"


def test_the_size_is_that_of_the_network():
    paper = PretrainConfig.paper().model_dump(mode="json")
    assert is_paper_sized(card(settings=paper))
    assert not is_paper_sized(card())
    assert not is_paper_sized(card(settings={}))


def test_only_runs_that_learnt_nothing_go(session):
    learnt = keep(session, name="learnt", epochs_done=1, state="stopped")
    nothing = keep(session, name="nothing", epochs_done=0, state="stopped")
    begun = session.store.runs_folder / "begun"
    begun.mkdir()
    unreadable = keep(session, name="unreadable")
    (unreadable / "card.json").write_bytes(b"{")
    (unreadable / "model.safetensors").write_bytes(b"weights")
    for folder in (learnt, nothing, begun, unreadable):
        remove_if_nothing_learnt(folder)
    assert set(session.store.runs_folder.iterdir()) == {learnt, unreadable}
