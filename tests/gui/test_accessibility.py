"""Every control of the window has a name, is reached by keyboard, and shows that it was."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QScrollBar,
    QTableView,
    QWidget,
)

from spinegrader.gui.agreement.change_window import ChangeWindow
from spinegrader.gui.agreement.window import AgreementWindow
from spinegrader.gui.dialogs.flag import FlagDialog
from spinegrader.gui.dialogs.grade_examples import GradeExamplesDialog
from spinegrader.gui.dialogs.grade_history import GradeHistoryDialog
from spinegrader.gui.dialogs.gradings import GradingsDialog
from spinegrader.gui.dialogs.measures import MeasuresDialog
from spinegrader.gui.dialogs.numbering import NumberingDialog
from spinegrader.gui.dialogs.protocol import ProtocolDialog
from spinegrader.gui.dialogs.repeats import RepeatsDialog
from spinegrader.gui.dialogs.settings.dialog import SettingsDialog
from spinegrader.gui.review.bulk_dialog import BulkDialog
from spinegrader.gui.theme import apply_theme
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.services.progress import done_studies
from spinegrader.services.protocol import reading_protocol
from spinegrader.services.reading import asked_gradings
from spinegrader.services.settings import Theme
from tests.gui.agreement.two_readers import read_likewise
from tests.gui.cohort_project import opened, project, workbench
from tests.gui.hanging_project import T2, opened_window
from tests.gui.test_review import leave_card, predict

__all__ = ["opened", "project", "workbench"]

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    SliceViewer,
)
PAGES = ("page_read", "page_review", "page_models")


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with opened_window(qtbot, tmp_path / "project") as window:
        yield window


def controls(whole: QWidget) -> list[QWidget]:
    """What a reader may use; not what Qt itself puts inside of it."""
    found = (widget for widget in whole.findChildren(QWidget) if isinstance(widget, CONTROLS))
    return [
        widget
        for widget in found
        if widget.isVisible() and widget.isEnabled() and not _is_inner(widget)
    ]


def _is_inner(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    inner = widget.objectName().startswith("qt_") or isinstance(widget, QScrollBar | QHeaderView)
    return inner or isinstance(parent, QComboBox | QAbstractSpinBox | QLineEdit | QTableView)


def name_of(widget: QWidget) -> str:
    """What a screen reader says, such as the words of the label beside it."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name)


def has_key(widget: QWidget) -> bool:
    """Tab or F6 leads there, or a key does the same."""
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
        return True
    actions = widget.actions() if not hasattr(widget, "defaultAction") else [widget.defaultAction()]
    keys = [action.shortcut() for action in actions if action is not None]
    is_button = isinstance(widget, QAbstractButton)
    return any(not key.isEmpty() for key in keys) or (is_button and not widget.shortcut().isEmpty())


def described(widget: QWidget) -> str:
    return f"{type(widget).__name__} “{name_of(widget)}” in {type(widget.parentWidget()).__name__}"


@pytest.mark.parametrize("page", PAGES)
def test_every_control_has_a_name(window, page):
    window.show_page(page)
    assert len(controls(window)) > 3
    assert [described(widget) for widget in controls(window) if not name_of(widget)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_control_is_reached_by_keyboard(window, page):
    window.show_page(page)
    assert [described(widget) for widget in controls(window) if not has_key(widget)] == []


def opened_dialogs(window):
    page, bench = window.read_page, window.workbench
    session = bench.session
    overlay = session.state.overlay(T2)
    asked = [grading.id for grading in asked_gradings(session)]
    yield MeasuresDialog(bench, window)
    yield NumberingDialog(overlay, window)
    yield BulkDialog(session, (), window)
    yield ProtocolDialog(reading_protocol(session), window)
    yield RepeatsDialog(session, window)
    yield FlagDialog("L4/L5", window)
    yield GradingsDialog(session.scheme, asked, window)
    yield GradeHistoryDialog(bench, bench.study_uid, bench.item, window)
    page.actions_by_id["examples"].trigger()
    yield window.findChild(GradeExamplesDialog)
    window.window_actions["settings"].trigger()
    settings = window.findChild(SettingsDialog)
    for place in range(settings.pages.count()):
        settings.pages.setCurrentIndex(place)
        yield settings


def test_dialogs_too(window):
    for dialog in opened_dialogs(window):
        dialog.show()
        QApplication.processEvents()
        bad = [
            described(widget)
            for widget in controls(dialog)
            if not name_of(widget) or not has_key(widget)
        ]
        assert bad == [], dialog.windowTitle()
        if not isinstance(dialog, SettingsDialog):
            dialog.close()
    window.findChild(SettingsDialog).close()


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_the_keyboard_is_seen_wherever_it_is(window, qapp, theme):
    apply_theme(qapp, theme)
    page = window.read_page
    # As after the first Tab: from then on styles show where the keyboard is.
    window.setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
    unseen = []
    for widget in controls(page):
        if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            continue
        window.setFocus()
        QApplication.processEvents()
        before = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if not widget.hasFocus():
            continue
        # A text cursor blinks: what stays is the frame.
        after = widget.grab().toImage()
        if before == after:
            unseen.append(described(widget))
    assert unseen == []


def test_the_windows_of_agreement_too(qtbot, opened):
    """Over a project that two readers and a model have read."""
    session = opened.session
    studies = done_studies(session)[:3]
    read_likewise(session, "Dr A", studies)
    predict(session)
    leave_card(session)
    opened.select_study(studies[0])
    agreement, changes = AgreementWindow(opened), ChangeWindow(opened)
    for shown in (agreement, changes):
        shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(shown)
        shown.show()
    qtbot.waitUntil(lambda: not agreement.agreement.is_busy, timeout=30_000)
    found = []
    for tabs in (agreement.agreement.tabs, agreement.tabs, changes.tabs):
        for at in range(tabs.count()):
            tabs.setCurrentIndex(at)
            QApplication.processEvents()
            found += [*controls(agreement), *controls(changes)]
    qtbot.waitUntil(lambda: agreement.adjudication.focused is not None)
    found += controls(agreement)
    bad = {described(item) for item in found if not name_of(item) or not has_key(item)}
    assert bad == set()
