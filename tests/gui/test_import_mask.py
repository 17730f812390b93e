"""The dialog says what a label map holds before anything changes."""

import pytest

from spinegrader.gui.dialogs.import_mask import ImportMaskDialog
from spinegrader.gui.workbench import Workbench
from spinegrader.imaging.mask_conventions import Convention
from spinegrader.services import annotating
from spinegrader.services.masks import import_mask
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
from spinegrader.services.untrusted import close_sandboxes
from tests.imaging.painted_masks import LUMBAR, painted, spine, write_map
from tests.services.conftest import GEOMETRY, fill

SERIES = "1.2.11.1"
_WAIT_MS = 20_000


@pytest.fixture(scope="module")
def mask(tmp_path_factory):
    labels = painted(spine(LUMBAR[2:], top_mm=-100), GEOMETRY, Convention.SPIDER)
    return write_map(tmp_path_factory.mktemp("masks") / "map.mha", labels, GEOMETRY)


@pytest.fixture
def bench(qtbot, tmp_path):
    workbench = Workbench(Settings())
    session = Session.open_or_create(tmp_path / "project", "A")
    fill(session)
    workbench.open_session(session)
    yield workbench
    workbench.quick_lane.shut_down(20)
    workbench.close_session()
    session.store.close(wait=True)
    close_sandboxes()


@pytest.fixture
def open_dialog(qtbot, bench):
    def make():
        dialog = ImportMaskDialog(bench, bench.session.state.series[SERIES])
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


def test_preview_then_import(qtbot, bench, open_dialog, mask):
    dialog = open_dialog()
    assert not dialog.import_button.isEnabled()
    dialog.choose(mask)
    assert dialog.finding.text().startswith("Reading")
    assert not dialog.import_button.isEnabled()
    qtbot.waitUntil(dialog.import_button.isEnabled, timeout=_WAIT_MS)
    assert dialog.finding.text() == "6 vertebrae by SPIDER: L1, L2, L3, L4, L5, S1."
    assert bench.session.state.overlay(SERIES) is None
    with qtbot.waitSignal(dialog.imported):
        dialog.import_button.click()
    assert len(bench.session.state.overlay(SERIES).vertebrae) == 6


def test_what_is_wrong_stands_in_the_dialog(qtbot, bench, open_dialog, mask):
    dialog = open_dialog()
    dialog.choose(mask)
    dialog.convention.setCurrentIndex(dialog.convention.findText(Convention.TOTALSPINESEG.tool))
    dialog.convention.activated.emit(dialog.convention.currentIndex())
    qtbot.waitUntil(lambda: "Read as TotalSpineSeg" in dialog.finding.text(), timeout=_WAIT_MS)
    assert not dialog.import_button.isEnabled()


def test_confirmed_vertebrae_must_be_given_up_first(qtbot, bench, open_dialog, mask):
    import_mask(bench.session, SERIES, mask)
    annotating.confirm(bench.session, SERIES)
    dialog = open_dialog()
    dialog.choose(mask)
    qtbot.waitUntil(lambda: "6 vertebrae" in dialog.finding.text(), timeout=_WAIT_MS)
    assert not dialog.import_button.isEnabled()
    dialog.replace_confirmed.click()
    dialog.import_button.click()
    assert bench.session.state.overlay(SERIES).author == "SPIDER"


def test_closing_while_it_reads_changes_nothing(qtbot, bench, open_dialog, mask):
    dialog = open_dialog()
    dialog.choose(mask)
    dialog.reject()
    qtbot.waitUntil(lambda: not bench.quick_lane.is_busy, timeout=_WAIT_MS)
    assert bench.session.state.overlay(SERIES) is None
