"""What can be written can be read: one bound for both."""

import pytest

from spinegrader.errors import InvalidEditError
from spinegrader.store import lines
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import make, only_journal, setting


@pytest.fixture(autouse=True)
def low_bound(monkeypatch):
    """The real one would take seconds."""
    monkeypatch.setattr(lines, "LONGEST_LINE_BYTES", 50_000)


def test_a_change_that_could_not_be_read_again_is_refused(store):
    with pytest.raises(InvalidEditError, match="too much for one change"):
        make(store, setting("huge", '"' + "x" * 50_000 + '"'))
    make(store, setting("large", '"' + "x" * 40_000 + '"'))
    again = ProjectStore.open(store.folder)
    assert set(again.state.settings) == {"large"}
    assert again.recovery == "" or "damaged" not in again.recovery


def test_a_longer_line_is_damage_and_the_lines_after_it_are_read(store, monkeypatch):
    make(store, setting("before"))
    monkeypatch.setattr(lines, "LONGEST_LINE_BYTES", 1 << 20)
    make(store, setting("endless", '"' + "x" * 60_000 + '"'))
    monkeypatch.setattr(lines, "LONGEST_LINE_BYTES", 50_000)
    make(store, setting("after"))
    again = ProjectStore.open(store.folder)
    assert set(again.state.settings) == {"before", "after"}
    assert "line 2 is damaged or missing" in again.recovery
    assert only_journal(store.folder).stat().st_size > 60_000
