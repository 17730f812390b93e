"""Grading the disc in focus: a digit answers and moves on.

A model's grades are never shown here: the reading stays blinded.
"""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.edits import Changes
from spinegrader.domain.grades import Answer
from spinegrader.domain.scheme import Grading
from spinegrader.gui.keys import key_in_force
from spinegrader.gui.panels.answer_buttons import AnswerButtons
from spinegrader.gui.panels.answer_note import AnswerNote
from spinegrader.gui.panels.empty_state import EmptyState
from spinegrader.gui.panels.grading_row import GradingRow
from spinegrader.gui.panels.item_clock import ItemClock
from spinegrader.gui.theme import tabular_font
from spinegrader.gui.workbench import Workbench
from spinegrader.services import reading
from spinegrader.services.reading import Item
from spinegrader.texts import translate

_DISC_NAME_SCALE = 1.8
_LOW = 460
"""Logical pixels of height below which the panel has no room for a drawing."""


class GradingPanel(QWidget):
    """One row a grading; the main window's keys call its methods."""

    study_finished = Signal(str)
    """The last open item of a study was answered: StudyInstanceUID."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Grading"))
        self._workbench = workbench
        self._clock = ItemClock()
        self._answered: list[Item] = []
        self.rows: dict[str, GradingRow] = {}
        self.disc_name = QLabel()
        self.progress = QLabel()
        self.note = AnswerNote()
        self.empty = EmptyState()
        self.buttons = AnswerButtons()
        self.buttons.unsure_requested.connect(self.answer_unsure)
        self.buttons.not_assessable_requested.connect(self.answer_not_assessable)
        self.buttons.take_back_requested.connect(self.take_back)
        self._build()
        workbench.project_changed.connect(self._on_study_changed)
        workbench.study_changed.connect(self._on_study_changed)
        workbench.item_changed.connect(self._on_item_changed)
        workbench.changed.connect(self._on_changed)
        workbench.settings_changed.connect(self._on_settings)
        self._answer_keys = ("", "")
        self._show_keys()
        self._on_study_changed()

    # -- building ---------------------------------------------------------------------------

    def _build(self) -> None:
        font = tabular_font(self.font())
        font.setPointSizeF(font.pointSizeF() * _DISC_NAME_SCALE)
        font.setBold(True)
        self.disc_name.setFont(font)
        self.disc_name.setAccessibleName(translate("Disc in focus"))
        self.progress.setFont(tabular_font(self.font()))
        self.progress.setToolTip(translate("Answered items of this study"))
        top = QHBoxLayout()
        top.addWidget(self.disc_name, 1)
        top.addWidget(self.progress, 0, Qt.AlignmentFlag.AlignBottom)

        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setMinimumHeight(120)

        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(8, 4, 8, 4)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self.buttons)
        layout.addWidget(self.note)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(page)
        self._pages.addWidget(self.empty)
        self._page = page
        self.setMinimumWidth(280)

    def _fit_rows(self) -> None:
        """Makes the rows anew where other gradings are asked than they are for."""
        asked = reading.asked_gradings(self._workbench.session)
        if tuple(row.grading for row in self.rows.values()) != asked:
            self._build_rows()

    def _build_rows(self) -> None:
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self.rows = {}
        for grading in reading.asked_gradings(self._workbench.session):
            row = GradingRow(grading)
            row.chosen.connect(lambda value, id_=grading.id: self._on_class_clicked(id_, value))
            row.entered.connect(lambda id_=grading.id: self._focus_on(id_))
            row.class_hovered.connect(
                lambda hovered, row=row: self.note.show_class(row.grading, hovered)
            )
            layout.addWidget(row)
            self.rows[grading.id] = row
        layout.addStretch(1)
        self._scroll.setWidget(holder)

    @property
    def first_control(self) -> QWidget:
        """The first button of the grading in focus, for the keyboard."""
        item = self._workbench.item
        row = None if item is None else self.rows.get(item.grading)
        return self if row is None else next(iter(row.buttons.values()))

    # -- what the reader does ---------------------------------------------------------------

    def enter_digit(self, digit: int) -> None:
        """Answers the item in focus, if its grading has this grade, and moves on."""
        item = self._item_in_focus()
        if item is None:
            return
        grading = self.rows[item.grading].grading
        if digit not in grading.values:
            values = ", ".join(str(value) for value in grading.values)
            self._workbench.notified.emit(
                translate("{name} has the grades {values}.").format(
                    name=grading.name, values=values
                )
            )
            return
        self._answer(item, Answer.GRADED, digit)

    def answer_unsure(self) -> None:
        """Says that the reader is unsure of the item in focus; a value already given stays."""
        item = self._item_in_focus()
        if item is not None:
            known = reading.own_grade(self._workbench.session, self._workbench.study_uid, item)
            self._answer(item, Answer.UNSURE, None if known is None else known.value)

    def answer_not_assessable(self) -> None:
        """Says that the item in focus can't be assessed on these images."""
        item = self._item_in_focus()
        if item is not None:
            self._answer(item, Answer.NOT_ASSESSABLE, None)

    def take_back(self) -> None:
        """Opens the item in focus again; if it is open, the one that was answered last."""
        bench = self._workbench
        item = self._item_in_focus()
        if item is None:
            return
        while reading.own_grade(bench.session, bench.study_uid, item) is None:
            if not self._answered:
                return
            item = self._answered.pop()
        chosen = item
        if bench.attempt(lambda: reading.take_back(bench.session, bench.study_uid, chosen)):
            bench.select_item(chosen)
            name = bench.session.scheme.grading(chosen.grading).name
            bench.notified.emit(
                translate("{disc} {grading} is open again.").format(disc=chosen.disc, grading=name)
            )

    def step(self, steps: int) -> None:
        """Moves the focus by items, without an answer."""
        bench, item = self._workbench, self._item_in_focus()
        if item is not None:
            bench.select_item(reading.following_item(bench.session, bench.study_uid, item, steps))

    def _on_class_clicked(self, grading: str, value: int) -> None:
        if self._workbench.item is not None:
            self._answer(Item(self._workbench.item.disc, grading), Answer.GRADED, value)

    def _focus_on(self, grading: str) -> None:
        if self._workbench.item is not None:
            self._workbench.select_item(Item(self._workbench.item.disc, grading))

    def _answer(self, item: Item, said: Answer, value: int | None) -> None:
        bench = self._workbench
        study_uid, seconds = bench.study_uid, self._clock.elapsed_s
        was_done = reading.next_open_item(bench.session, study_uid) is None
        kept = bench.attempt(
            lambda: reading.answer(bench.session, study_uid, item, said, value, seconds=seconds)
        )
        if not kept:
            return
        self._answered = [*(other for other in self._answered if other != item), item]
        following = reading.next_open_item(bench.session, study_uid, after=item)
        if following is not None:
            bench.select_item(following)
        elif was_done:
            bench.select_item(reading.following_item(bench.session, study_uid, item, 1))
        else:
            bench.select_item(item)
            self.study_finished.emit(study_uid)
        self._clock.restart()

    def _how_to_answer(self, grading: Grading) -> str:
        """Which keys answer an item."""
        unsure, not_assessable = self._answer_keys
        return translate(
            "{grading}: press {first} to {last}, {unsure} if unsure, {not_assessable} if not "
            "assessable."
        ).format(
            grading=grading.name,
            first=grading.values[0],
            last=grading.values[-1],
            unsure=unsure or "–",
            not_assessable=not_assessable or "–",
        )

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """In a low window the gradings need the room that a drawing would take."""
        super().resizeEvent(event)
        self.note.set_low(event.size().height() < _LOW)

    # -- following the project --------------------------------------------------------------

    def _on_study_changed(self) -> None:
        self._answered.clear()
        if self._items():
            self._fit_rows()
            self._choose_item()
        self._refresh()

    def _on_item_changed(self) -> None:
        self._clock.restart()
        self._refresh()

    def _on_changed(self, changes: Changes) -> None:
        if changes.settings or changes.overlays or changes.studies:
            if self._items():
                self._fit_rows()
                if self._workbench.item not in self._items():
                    self._choose_item()
            self._refresh()
        elif self._workbench.study_uid in changes.grades:
            self._refresh()

    def _on_settings(self) -> None:
        self._show_keys()
        self._refresh()

    def _show_keys(self) -> None:
        settings = self._workbench.settings
        self.buttons.show_keys(settings)
        self._answer_keys = (
            key_in_force("unsure", settings),
            key_in_force("not_assessable", settings),
        )

    def _choose_item(self) -> None:
        """The first open item, else the first one."""
        bench = self._workbench
        bench.select_item(
            reading.next_open_item(bench.session, bench.study_uid) or self._items()[0]
        )

    def _items(self) -> tuple[Item, ...]:
        bench = self._workbench
        if not bench.has_session or not bench.study_uid:
            return ()
        if bench.session.state.series_to_grade(bench.study_uid) is None:
            return ()
        return reading.items_of(bench.session, bench.study_uid)

    def _item_in_focus(self) -> Item | None:
        """The item, if it is one of this study and there is something to grade."""
        item = self._workbench.item
        if item is None or item.grading not in self.rows or item not in self._items():
            return None
        return item

    def _refresh(self) -> None:
        item = self._item_in_focus()
        if item is None:
            self._show_empty()
            return
        session, study_uid = self._workbench.session, self._workbench.study_uid
        self._pages.setCurrentWidget(self._page)
        self.disc_name.setText(str(item.disc))
        progress = reading.study_progress(session, study_uid)
        self.progress.setText(f"{progress.answered}/{progress.total}")
        for grading_id, row in self.rows.items():
            shown = Item(item.disc, grading_id)
            is_saved = reading.is_saved(session, study_uid, shown)
            row.show_answer(reading.own_grade(session, study_uid, shown), is_saved=is_saved)
            row.set_in_focus(grading_id == item.grading)
        row = self.rows[item.grading]
        self._scroll.ensureWidgetVisible(row, 0, 0)
        grade = reading.own_grade(session, study_uid, item)
        self.note.show_item(row.grading, grade, session.reader, self._how_to_answer(row.grading))
        self.buttons.set_take_back_enabled(grade is not None or bool(self._answered))

    def _show_empty(self) -> None:
        if not self._workbench.study_uid:
            text = translate("The disc in focus is graded here. Choose a visit in the work list.")
        elif not self._items():
            text = translate(
                "Nothing is graded on this study: it has no sagittal series with lumbar discs."
            )
        else:
            text = translate("Choose a disc in the image or in the grid below.")
        self.empty.show_message(text)
        self._pages.setCurrentWidget(self.empty)
