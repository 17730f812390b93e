"""The real window with thousands of studies: run by ``work_list`` in a fresh process."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from benchmarks.measuring import BenchmarkError
from benchmarks.screen import Paints, live, painted_ms
from benchmarks.window_subject import resident_mb
from benchmarks.work_list_project import READER
from spinegrader.gui.garbage import GarbageCollector
from spinegrader.gui.itemmodels.work_list_order import Scope, SortBy
from spinegrader.gui.long_lived import spare_long_lived
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.theme import apply_theme
from spinegrader.services.settings import Settings, Theme

_SEARCHED = ("p0012", "made up p003", "2031-05", "p00599")
_DIGIT = Qt.Key.Key_1
_LIMIT_S = 600.0
_REST_S = 3.0
"""Long enough for what the window counts ahead."""

_QUIET_S = 0.6
"""Until the images of a study are there and the next one's are read ahead."""

Durations = dict[str, list[float]]


def main(project: Path, rounds: int) -> None:
    """Opens the project, does what a reader does, and prints the milliseconds by what it was."""
    app = QApplication(sys.argv[:1])
    GarbageCollector(app)
    apply_theme(app, Theme.DARK)
    window = MainWindow(Settings(reader=READER))
    spare_long_lived(window.workbench)
    window.resize(1440, 900)
    window.show()
    # Without a window manager nobody else gives it the keyboard.
    window.activateWindow()
    live(window.isActiveWindow, _LIMIT_S)
    found: Durations = {"open": [_open_ms(window, project)]}
    page = window.read_page
    found["first answer"] = [_answer_ms(window)]
    found["first filter"] = [_chosen_ms(window, page.work_list.scope, Scope.TO_DO.value)]
    _chosen_ms(window, page.work_list.scope, Scope.ALL.value)
    _rest(_REST_S)
    found["memory"] = [resident_mb()]
    found["answer"] = [_answer_ms(window) for _ in range(rounds)]
    found["next"] = [_next_ms(window) for _ in range(rounds)]
    found["wheel"] = _wheel_ms(window, 5 * rounds)
    found["page down"] = _page_down_ms(window, rounds)
    found["search"] = _search_ms(window)
    found["filter"], found["sort"] = _filters_ms(window), _sorts_ms(window)
    found["review sign"], found["review"] = ([value] for value in _review_ms(window))
    print(json.dumps(found))
    window.close()


def _open_ms(window: MainWindow, project: Path) -> float:
    """Until the panel of the first study that isn't done is painted."""
    start = time.perf_counter()
    if not window.projects.open(project):
        raise BenchmarkError("The project did not open.")
    paints = Paints(window.read_page.grading_panel.progress)
    return 1000 * (paints.first_end_s(0) - start)


def _answer_ms(window: MainWindow) -> float:
    """A digit until the grade, the grid and the row of the list are painted."""
    page = window.read_page
    if page.grading_panel.progress.text().startswith("30/"):
        page.open_next_study()
    page.viewer.setFocus()
    _rest(_QUIET_S)
    before = page.grading_panel.progress.text()
    taken = _all_painted_ms(
        (
            page.grading_panel.progress,
            page.grade_grid.table.viewport(),
            page.work_list.view.viewport(),
        ),
        lambda: QTest.keyClick(page.viewer, _DIGIT),
    )
    if page.grading_panel.progress.text() == before:
        raise BenchmarkError("An answer was not counted.")
    return taken


def _all_painted_ms(widgets: tuple[QWidget, ...], action: Callable[[], object]) -> float:
    watches = [Paints(widget) for widget in widgets]
    start = time.perf_counter()
    action()
    ends = [watch.first_end_s(0) for watch in watches]
    for watch in watches:
        watch.parent().removeEventFilter(watch)
        watch.deleteLater()
    return 1000 * (max(ends) - start)


def _next_ms(window: MainWindow) -> float:
    """The key for the next study until its panel and image are painted."""
    page, bench = window.read_page, window.workbench
    page.viewer.setFocus()
    page.images_area.volumes.clear()
    _rest(0.1)
    before = bench.study_uid
    taken = _all_painted_ms(
        (page.grading_panel.progress, page.viewer.mouse_area, page.work_list.view.viewport()),
        lambda: QTest.keyClick(page.viewer, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier),
    )
    if bench.study_uid == before:
        raise BenchmarkError("No other study came to the front.")
    return taken


def _wheel_ms(window: MainWindow, count: int) -> list[float]:
    view = window.read_page.work_list.view
    bar, viewport = view.verticalScrollBar(), view.viewport()
    _rest(_QUIET_S)
    durations = []
    for _ in range(count):
        notches = -1 if bar.value() < bar.maximum() else 1
        durations.append(_all_painted_ms((viewport,), lambda by=notches: _turn(viewport, by)))
    return durations


def _turn(viewport: QWidget, notches: int) -> None:
    """Turns the wheel over a widget; negative is towards the end."""
    at, none = QPointF(viewport.rect().center()), QPoint()
    QApplication.sendEvent(
        viewport,
        QWheelEvent(
            at,
            viewport.mapToGlobal(at),
            none,
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def _page_down_ms(window: MainWindow, count: int) -> list[float]:
    """Page down in the list until its rows are painted; the study follows."""
    view = window.read_page.work_list.view
    view.setCurrentIndex(view.model().index(0, 0))
    view.setFocus()
    durations = []
    for _ in range(count):
        _rest(_QUIET_S)
        durations.append(
            _all_painted_ms((view.viewport(),), lambda: QTest.keyClick(view, Qt.Key.Key_PageDown))
        )
    return durations


def _search_ms(window: MainWindow) -> list[float]:
    """Each key of some searches until the rows are painted."""
    page = window.read_page
    search = page.work_list.search
    durations = []
    for words in _SEARCHED:
        search.clear()
        _rest(0.1)
        durations += [
            _all_painted_ms((page.work_list,), lambda key=character: QTest.keyClicks(search, key))
            for character in words
        ]
    search.clear()
    _rest(0.1)
    return durations


def _filters_ms(window: MainWindow) -> list[float]:
    box = window.read_page.work_list.scope
    scopes = [*(item for item in Scope if item is not Scope.ALL), Scope.ALL]
    return [_chosen_ms(window, box, item.value) for item in scopes]


def _sorts_ms(window: MainWindow) -> list[float]:
    work = window.read_page.work_list
    orders = [*(item for item in SortBy if item is not SortBy.PATIENT), SortBy.PATIENT]
    durations = [_chosen_ms(window, work.sort, item.value) for item in orders]
    turns = [_all_painted_ms((work,), work.bar.direction.click) for _ in range(2)]
    return [*durations, *turns]


def _chosen_ms(window: MainWindow, box: QComboBox, text: str) -> float:
    """An entry of a list chosen until the rows are painted."""
    return _all_painted_ms((window.read_page.work_list,), lambda: box.setCurrentText(text))


def _review_ms(window: MainWindow) -> tuple[float, float]:
    """The key for Review until something is painted, and until the rows are."""
    review = window.review_page
    start = time.perf_counter()
    window.show_page("page_review")
    first = Paints(review)
    sign_s = first.first_end_s(0) - start
    live(lambda: bool(review.model.rows), _LIMIT_S)
    painted_ms(Paints(review.table.viewport()), review.table.viewport().update)
    return 1000 * sign_s, 1000 * (time.perf_counter() - start)


def _rest(seconds: float) -> None:
    end = time.monotonic() + seconds
    live(lambda: time.monotonic() > end, _LIMIT_S)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
