"""The grid of answers: what stands in it, where the focus is, where a click goes."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.grades import Answer
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.gui.panels.grade_grid import GradeGrid
from spinegrader.gui.theme import grade_colour
from spinegrader.services import reading
from spinegrader.services.reading import Item

STUDY = "1.2.1"
L1_L2, L4_L5 = DiscLevel.parse("L1/L2"), DiscLevel.parse("L4/L5")


@pytest.fixture
def grid(qtbot, workbench) -> GradeGrid:
    made = GradeGrid(workbench)
    qtbot.addWidget(made)
    made.resize(340, 320)
    made.show()
    workbench.select_study(STUDY)
    return made


def signs(grid: GradeGrid) -> list[str]:
    model = grid.model
    return [
        "".join(str(model.index(row, column).data()) for column in range(model.columnCount()))
        for row in range(model.rowCount())
    ]


def answer(workbench, item: Item, said: Answer, value: int | None = None) -> None:
    reading.answer(workbench.session, STUDY, item, said, value)


def test_shows_each_kind_of_answer_with_its_own_sign(workbench, grid) -> None:
    assert signs(grid) == ["·····"] * 6
    answer(workbench, Item(L1_L2, "pfirrmann"), Answer.GRADED, 4)
    answer(workbench, Item(L1_L2, "narrowing"), Answer.UNSURE)
    answer(workbench, Item(L1_L2, "central_stenosis"), Answer.NOT_ASSESSABLE)
    answer(workbench, Item(L1_L2, "endplate_upper"), Answer.UNSURE, 1)
    assert signs(grid)[1] == "4?–1?·"
    workbench.session.undo()
    assert signs(grid)[1] == "4?–··"


def test_a_cell_has_the_colour_of_its_grade(workbench, grid) -> None:
    answer(workbench, Item(L4_L5, "narrowing"), Answer.GRADED, 1)
    rect = grid.table.visualRect(grid.model.index_of(Item(L4_L5, "narrowing")))
    image = grid.table.viewport().grab().toImage()
    painted = image.pixelColor(rect.left() + 8, rect.center().y())
    assert painted == QColor(grade_colour(1, 4))


def test_a_click_goes_there(qtbot, workbench, grid) -> None:
    place = grid.table.visualRect(grid.model.index_of(Item(L4_L5, "central_stenosis"))).center()
    qtbot.mouseClick(grid.table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))
    assert workbench.item == Item(L4_L5, "central_stenosis")


def test_arrow_keys_go_there_too(qtbot, workbench, grid) -> None:
    workbench.select_item(Item(L1_L2, "pfirrmann"))
    qtbot.keyClick(grid.table, Qt.Key.Key_Right)
    assert workbench.item == Item(L1_L2, "narrowing")


def test_the_focus_of_others_is_followed(workbench, grid) -> None:
    workbench.select_item(Item(L4_L5, "pfirrmann"))
    assert grid.model.item_at(grid.table.currentIndex()) == Item(L4_L5, "pfirrmann")


def test_all_rows_fit_without_scrolling_in_a_narrow_panel(qtbot, workbench, grid) -> None:
    for asked in (None, [grading.id for grading in workbench.session.scheme.gradings]):
        if asked:
            reading.ask_gradings(workbench.session, asked)
        grid.resize(300, 340)
        bars = (grid.table.verticalScrollBar(), grid.table.horizontalScrollBar())
        qtbot.wait(20)
        assert [bar.maximum() for bar in bars] == [0, 0]


def test_words_name_disc_grading_grade_and_reader(workbench, grid) -> None:
    answer(workbench, Item(L4_L5, "pfirrmann"), Answer.GRADED, 4)
    words = grid.model.index_of(Item(L4_L5, "pfirrmann")).data(Qt.ItemDataRole.AccessibleTextRole)
    assert words.startswith("L4/L5, Pfirrmann: 4 IV (you, today ")
    tip = grid.model.headerData(3, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert tip == "Endplate defect, upper"


def test_the_rows_follow_the_overlay(workbench, grid) -> None:
    levels = (VertebraLevel.L3, VertebraLevel.L4, VertebraLevel.L5)
    vertebrae = tuple(
        Vertebra(
            level,
            ((0, 0, -30 * i), (0, 30, -30 * i), (0, 30, -30 * i - 20), (0, 0, -30 * i - 20)),
        )
        for i, level in enumerate(levels)
    )
    overlay = Overlay(f"{STUDY}.1", vertebrae)
    workbench.session.apply(SetOverlay(f"{STUDY}.1", None, overlay))
    rows = range(grid.model.rowCount())
    vertical = Qt.Orientation.Vertical
    assert [grid.model.headerData(row, vertical) for row in rows] == ["L3/L4", "L4/L5"]


def test_says_what_belongs_here_while_there_is_nothing(qtbot, workbench, grid) -> None:
    workbench.select_study("1.2.4")
    assert grid.empty.isVisible()
    assert "no sagittal series" in grid.empty.text
    workbench.close_session()
    assert "The grades of the study in front" in grid.empty.text
