"""The dialog that writes de-identified copies."""

import pytest

from spinegrader.gui.dialogs.deidentify import DeidentifyDialog
from spinegrader.gui.workbench import Workbench
from spinegrader.services.settings import Settings
from spinegrader.services.untrusted import close_sandboxes
from tests.imaging import canaries as planting
from tests.imaging.canaries import Canaries


@pytest.fixture
def dialog(qtbot, tmp_path, monkeypatch):
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    workbench = Workbench(Settings())
    shown = DeidentifyDialog(workbench)
    qtbot.addWidget(shown)
    shown.show()
    yield shown
    assert workbench.quick_lane.shut_down(20)
    close_sandboxes()


def test_it_copies_a_folder_and_says_what_it_did(qtbot, tmp_path, dialog):
    source = tmp_path / "images"
    source.mkdir()
    (source / "a").write_bytes(planting.plain_image(Canaries(), "1.2.999.5", 1, "ISO_IR 100"))
    (source / "letter.txt").write_text("Dear colleague")
    assert not dialog.start_button.isEnabled()
    dialog.source.setText(str(source))
    assert not dialog.start_button.isEnabled()
    dialog.target.setText(str(tmp_path / "out"))
    dialog.start_button.click()
    assert not dialog.start_button.isEnabled()
    dialog.reject()
    qtbot.waitUntil(lambda: dialog.job.is_over and dialog.isVisible(), timeout=20_000)
    text = dialog.outcome.toPlainText()
    assert "1 file of 1 person written" in text
    assert "letter.txt: It is not a DICOM file." in text
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 1
    assert dialog.start_button.isEnabled()


def test_what_goes_wrong_is_told_in_the_dialog(qtbot, tmp_path, dialog):
    dialog.source.setText(str(tmp_path / "nowhere"))
    dialog.target.setText(str(tmp_path / "out"))
    dialog.start_button.click()
    qtbot.waitUntil(lambda: "nowhere" in dialog.outcome.toPlainText(), timeout=20_000)
    assert dialog.start_button.isEnabled()
    assert not (tmp_path / "out").exists()
