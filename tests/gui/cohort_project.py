"""A small simulated project, made once and copied for each test that changes it."""

import json
import shutil
from pathlib import Path

import pytest

from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.workbench import Workbench
from spinegrader.services.demo import SIMULATED_READER, read_truth
from spinegrader.services.importing import import_paths
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
from spinegrader.services.untrusted import close_sandboxes
from spinegrader.simulate.cohort import simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.store.layout import marker_checksum
from spinegrader.store.project import ProjectStore
from tests.test_main_job import until

SUBJECTS = 8
FOLLOW_UPS = 6
_SIZE = AcquisitionConfig(slices=5, rows=96, columns=96, samples_per_slice=1)


def _made_project(base: Path) -> Path:
    """Eight people, six of them twice; all read but the last two visits."""
    project = base / "cohort-project"
    if not project.exists():
        cohort = base / "cohort"
        simulate_cohort(cohort, SUBJECTS, FOLLOW_UPS, 5, config=_SIZE)
        ProjectStore.create(project).close()
        _fix_project_id(project)
        session = Session.open(project, SIMULATED_READER)
        import_paths(session, [cohort])
        truth = json.loads((cohort / "truth.json").read_text(encoding="utf-8"))
        read_truth(session, truth, unread=2)
        session.close()
        # Its threads would be taken for the first test's.
        close_sandboxes()
    return project


def _fix_project_id(project: Path) -> None:
    """Who is kept aside follows from the project's random id: here the same people always."""
    marker = project / "spinegrader.json"
    content = json.loads(marker.read_text(encoding="utf-8"))
    content |= {"project_id": "3" * 32}
    sealed = content | {"checksum": marker_checksum(content)}
    marker.write_text(json.dumps(sealed), encoding="utf-8")


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A project folder that the test may change."""
    made = _made_project(tmp_path_factory.getbasetemp())
    return Path(shutil.copytree(made, tmp_path / "project"))


def reading_window(qtbot, project: Path) -> MainWindow:
    """The window on screen with the project open, the keyboard on the image."""
    window = MainWindow(Settings(reader="Dr A"))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    assert window.projects.open(project)
    window.activateWindow()
    until(window.read_page.viewer.hasFocus)
    return window


@pytest.fixture
def workbench(qtbot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A workbench without a project; its threads end with the test."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    bench = Workbench(Settings())
    yield bench
    for lane in (bench.training_lane, bench.quick_lane, bench.evidence_lane):
        assert lane.shut_down(30)
    bench.close_session()
    bench.deleteLater()


@pytest.fixture
def opened(workbench: Workbench, project: Path) -> Workbench:
    """The workbench with the project open, under the simulated reader's name."""
    workbench.open_session(Session.open(project, SIMULATED_READER))
    return workbench
