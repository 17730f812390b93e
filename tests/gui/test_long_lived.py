"""Full collections pass over what lives as long as the project, and let go of the one before."""

import gc
import weakref

import pytest

from spinegrader.gui.long_lived import spare_long_lived
from spinegrader.gui.workbench import Workbench
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
from tests.services.conftest import fill


@pytest.fixture
def workbench(qtbot, tmp_path):
    """The small project is open."""
    session = Session.open_or_create(tmp_path / "project", "A")
    fill(session)
    bench = Workbench(Settings(reader="A"))
    bench.open_session(session)
    yield bench
    bench.close_session()


@pytest.fixture
def thawed():
    """What these tests freeze comes back; what was frozen before them is frozen again."""
    yield
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@pytest.mark.usefixtures("thawed")
def test_an_open_project_is_passed_over_and_a_closed_one_is_let_go(workbench):
    spare_long_lived(workbench)
    folder = workbench.session.store.folder
    kept = gc.get_freeze_count()
    workbench.open_session(Session.open(folder, "A"))
    assert gc.get_freeze_count() > kept
    assert not any(item is workbench.session for item in gc.get_objects())
    before = weakref.ref(workbench.session)
    workbench.open_session(Session.open(folder, "A"))
    assert before() is None
