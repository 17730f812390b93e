"""E shows what the grades mean, side by side."""

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.gui.dialogs.grade_examples import GradeExamplesDialog
from spinegrader.gui.read_page import ReadPage
from spinegrader.services import reading
from spinegrader.services.reading import Item
from tests.gui.panels.conftest import (  # noqa: F401 - fixtures
    empty_workbench,
    project_folder,
    workbench,
)

STUDY = "1.2.1"


@pytest.fixture
def page(qtbot, workbench, tmp_path, monkeypatch) -> ReadPage:  # noqa: F811
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = ReadPage(workbench)
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    workbench.select_study(STUDY)
    return made


def opened(page: ReadPage) -> list[GradeExamplesDialog]:
    return [dialog for dialog in page.findChildren(GradeExamplesDialog) if dialog.isVisible()]


@pytest.mark.parametrize("closing", [Qt.Key.Key_Escape, Qt.Key.Key_E])
def test_e_opens_and_esc_or_e_closes(qtbot, page, closing):
    QTest.keyClick(page.viewer, Qt.Key.Key_E)
    (dialog,) = opened(page)
    qtbot.waitUntil(dialog.isActiveWindow)
    assert dialog.windowTitle() == "What the grades mean: Pfirrmann"
    assert not dialog.isModal()
    assert [example.isVisible() for example in dialog.examples] == [True] * 5
    images = [example.grab().toImage() for example in dialog.examples]
    assert not any(one == other for one, other in itertools.combinations(images, 2))
    assert "Black, disc space collapsed" in dialog.words[-1].text()
    QTest.keyClick(dialog, closing)
    qtbot.waitUntil(lambda: not opened(page))


def test_it_follows_the_grading_in_focus(qtbot, page, workbench):  # noqa: F811
    page.show_examples()
    (dialog,) = opened(page)
    workbench.select_item(Item(DiscLevel.parse("L4/L5"), "endplate_upper"))
    assert dialog.windowTitle() == "What the grades mean: Endplate defect, upper"
    assert len(dialog.examples) == 2
    assert all(example.isVisible() for example in dialog.examples)
    dialog.close()


def test_words_are_below_their_drawing_and_never_cut(qtbot, page, workbench):  # noqa: F811
    gradings = [grading.id for grading in workbench.session.scheme.gradings]
    reading.ask_gradings(workbench.session, gradings)
    page.show_examples()
    (dialog,) = opened(page)
    for grading in gradings:
        workbench.select_item(Item(DiscLevel.parse("L4/L5"), grading))
        QApplication.processEvents()
        for example, words in zip(dialog.examples, dialog.words, strict=True):
            assert words.y() >= example.geometry().bottom()
            assert abs(words.x() - example.x()) <= 1
            assert words.height() >= words.heightForWidth(words.width())
    dialog.close()


def test_without_an_item_a_sentence_says_what_to_do(qtbot, page, workbench):  # noqa: F811
    workbench.select_item(None)
    with qtbot.waitSignal(workbench.notified, timeout=500) as notice:
        page.show_examples()
    assert "Choose a disc and grading first" in notice.args[0]
    assert not opened(page)
