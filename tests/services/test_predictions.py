"""What a model predicted is kept, however much it is."""

from dataclasses import replace

from spinegrader.services import predictions as service
from spinegrader.services.predictions import keep_predictions
from spinegrader.services.session import Session
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import edits_of_every_kind, studies_import


def test_many_predictions_are_kept_in_several_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(service, "_AT_ONCE", 3)
    store = ProjectStore.create(tmp_path / "p")
    session = Session(store, "Dr. Grau")
    session.apply(studies_import())
    (one,) = next(e.predictions for e in edits_of_every_kind() if e.kind == "predictions")
    many = tuple(replace(one, id=f"p-{number}") for number in range(8))
    keep_predictions(session, many)
    session.close()
    again = ProjectStore.open(tmp_path / "p")
    assert dict(again.state.predictions) == {item.id: item for item in many}
    (journal,) = (tmp_path / "p" / "journal").glob("*.jsonl")
    assert journal.read_text().count('"kind":"predictions"') == 3
