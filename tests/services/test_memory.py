"""What was worked out of a project is asked for once, and anew when the project has changed."""

from spinegrader.domain.edits import SetSetting
from spinegrader.services.memory import ProjectMemory
from spinegrader.services.session import Session


def test_work_is_done_once_a_key():
    memory, done = ProjectMemory(), []
    for key in ("a", "b", "a"):
        assert memory.recall(key, lambda key=key: done.append(key) or key * 2) == key * 2
    assert done == ["a", "b"]
    memory.forget()
    memory.recall("a", lambda: done.append("again"))
    assert done[-1] == "again"


def test_only_so_much_is_kept():
    memory = ProjectMemory()
    for number in range(100):
        memory.recall(number, lambda number=number: number)
    assert len(memory._kept) <= 16
    assert memory.recall(99, lambda: "anew") == 99
    assert memory.recall(0, lambda: "anew") == "anew"


def test_every_change_is_noticed(session):
    assert session.memory.recall("studies", lambda: "before") == "before"
    session.apply(SetSetting("asked", None, '["pfirrmann"]'))
    assert session.memory.recall("studies", lambda: "after") == "after"
    session.undo()
    assert session.memory.recall("studies", lambda: "undone") == "undone"


def test_what_others_wrote_is_noticed_too(session):
    session.memory.recall("studies", lambda: "before")
    other = Session.open(session.store.folder, "B")
    other.apply(SetSetting("asked", None, '["pfirrmann"]'))
    other.close(renew=False)
    assert session.memory.recall("studies", lambda: "not yet") == "before"
    session.refresh()
    assert session.memory.recall("studies", lambda: "after") == "after"
