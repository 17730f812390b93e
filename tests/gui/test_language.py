"""A second language in the real window: every text that goes through the catalogue shows it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QTabWidget

from spinegrader.gui.actions import ALL_ACTIONS
from spinegrader.gui.dialogs.key_sheet import sheet_html
from spinegrader.gui.dialogs.settings.dialog import SettingsDialog
from spinegrader.gui.keys import keys_in_force, why_not
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.viewer.mouse_schemes import MOUSE_SCHEMES
from spinegrader.services.settings import Settings
from spinegrader.texts import use_languages
from tests.catalogues import write_catalogue

SPANISH = {
    "&Project": "Pro&yecto",
    "&Edit": "&Editar",
    "&Undo": "&Deshacer",
    "Take the latest change back": "Retira el último cambio",
    "&Theme": "&Tema",
    "As the desktop": "Como el escritorio",
    "Open &recent": "Abrir &reciente",
    "Settings": "Ajustes",
    "&Keys": "&Teclas",
    "wheel": "rueda",
    "Ctrl + {hand}": "Control + {hand}",
    "Next or previous slice": "Corte siguiente o anterior",
    "Reading": "Lectura",
    "{key} opens a menu and stays with it.": "{key} abre un menú.",
}


@pytest.fixture
def spanish(tmp_path, english_afterwards):
    write_catalogue(tmp_path, "es", SPANISH)
    use_languages(["es-ES", "es"], tmp_path)


def test_menus_and_actions_speak_it(spanish, qtbot):
    window = MainWindow(Settings(reader="Dr A"))
    qtbot.addWidget(window)
    bar = [action.text() for action in window.menuBar().actions()]
    assert bar[0] == "Pro&yecto"
    assert "&Editar" in bar
    undo = window.window_actions["undo"]
    assert undo.text() == "&Deshacer"
    assert undo.toolTip() == "Retira el último cambio (Ctrl+Z)"
    texts = {action.text() for action in window.findChildren(QAction)}
    assert {"&Tema", "Abrir &reciente", "Como el escritorio"} <= texts
    window.close()


def test_the_key_sheet_and_the_mouse_speak_it(spanish):
    html = sheet_html(ALL_ACTIONS, keys_in_force(Settings()), {})
    assert "Lectura" in html
    assert "Deshacer – Retira el último cambio" in html
    for scheme in MOUSE_SCHEMES.values():
        rows = dict(scheme.rows)
        assert rows["Rueda"] == "Corte siguiente o anterior"
        assert "Control + rueda" in rows


def test_the_keys_of_menus_are_those_of_the_language(spanish):
    fit = next(spec for spec in ALL_ACTIONS if spec.id == "fit")
    assert why_not("Alt+Y", fit, Settings()) == "Alt+Y abre un menú."
    assert why_not("Alt+P", fit, Settings()) == ""


def test_no_text_of_actions_and_settings_bypasses_the_catalogue(
    tmp_path, english_afterwards, monkeypatch, qtbot
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    # A language whose every word wears angle brackets: what wears none was not looked up.
    everything = texts_looked_up(qtbot, monkeypatch)
    write_catalogue(tmp_path, "xx", {text: f"‹{text}›" for text in everything})
    use_languages(["xx"], tmp_path)
    window = MainWindow(Settings(reader="Dr A"))
    qtbot.addWidget(window)
    for spec in ALL_ACTIONS:
        if spec.id in window.window_actions:
            action = window.window_actions[spec.id]
            assert action.text().startswith("‹"), spec
            assert action.statusTip().startswith("‹"), spec
    assert all(action.text().startswith("‹") for action in window.menuBar().actions())
    dialog = SettingsDialog(window.workbench)
    qtbot.addWidget(dialog)
    plain = [text for text in dialog_texts(dialog) if "‹" not in text]
    assert set(plain) <= {"Dr A", "100 %", *(scheme.name for scheme in MOUSE_SCHEMES.values())}
    window.close()


def texts_looked_up(qtbot, monkeypatch) -> set[str]:
    """Every text that the window and its settings ask the catalogue for."""
    asked = set()

    class Recording:
        def gettext(self, text):
            asked.add(text)
            return text

    with monkeypatch.context() as patch:
        patch.setattr("spinegrader.texts._Current.catalogue", Recording())
        window = MainWindow(Settings(reader="Dr A"))
        qtbot.addWidget(window)
        dialog = SettingsDialog(window.workbench)
        qtbot.addWidget(dialog)
        window.close()
    return asked


def dialog_texts(dialog) -> list[str]:
    """What can be read in a dialog."""
    texts = [dialog.windowTitle()]
    texts += [part.text() for part in dialog.findChildren(QLabel)]
    texts += [part.text() for part in dialog.findChildren(QAbstractButton)]
    for box in dialog.findChildren(QComboBox):
        texts += [box.itemText(index) for index in range(box.count())]
    for tabs in dialog.findChildren(QTabWidget):
        texts += [tabs.tabText(index) for index in range(tabs.count())]
    tree = dialog.keys.tree
    for row in range(tree.topLevelItemCount()):
        group = tree.topLevelItem(row)
        texts += [
            group.text(0),
            *(group.child(index).text(0) for index in range(group.childCount())),
        ]
    return [text for text in texts if text]


def test_the_settings_speak_it(spanish, qtbot):
    window = MainWindow(Settings(reader="Dr A"))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = window.findChildren(SettingsDialog)
    assert dialog.windowTitle() == "Ajustes"
    window.close()
