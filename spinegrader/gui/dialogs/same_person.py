"""Offers studies that came in twice and patients who look like one person, side by side."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from spinegrader.domain.study import Series
from spinegrader.gui.panels.record_card import PICTURE_SIZE, RecordCard
from spinegrader.gui.slice_picture import slice_picture
from spinegrader.gui.workbench import Workbench
from spinegrader.services import identity
from spinegrader.services.suggestions import Suggestion
from spinegrader.texts import for_translation, translate

_WHAT_IT_DOES = for_translation(
    "Merging puts the visits under one heading. Of studies that are the same, one stays in sight "
    "— the one that more reading has gone into — and the other is kept behind it with its grades. "
    "Both can be undone and split at any time."
)


class SamePersonDialog(QDialog):
    """Goes through suggestions one by one; non-modal, so that reading can go on.

    Args:
        workbench: The window's.
        suggestions: What to ask, the surest first.
        parent: The window.
    """

    def __init__(
        self,
        workbench: Workbench,
        suggestions: Iterable[Suggestion],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Same person?"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(860, 640)
        self._workbench = workbench
        self._open: list[Suggestion] = list(suggestions)
        self._detail = QWidget()
        self.list = QListWidget()
        self.list.setAccessibleName(translate("What looks the same"))
        self.list.setFixedWidth(190)
        self.list.currentRowChanged.connect(lambda _: self._show_detail())
        self.merge_button = self._button(
            translate("&Merge"), translate("They are the same"), self._merge
        )
        self.apart_button = self._button(
            translate("&Keep apart"),
            translate("They are not the same: don't ask again"),
            self._keep_apart,
        )
        self.later_button = self._button(
            translate("&Later"), translate("Ask another time"), self._put_off
        )
        self._lay_out()
        workbench.project_changed.connect(self.close)
        workbench.changed.connect(self._refresh)
        workbench.settings_changed.connect(self._show_detail)
        self._refresh()

    def _button(self, text: str, tip: str, action: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        # Return must not merge what nobody looked at.
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: action())
        return button

    def _lay_out(self) -> None:
        self._centre = QHBoxLayout()
        self._centre.addWidget(self.list)
        self._centre.addWidget(self._detail, 1)
        words = QLabel(translate(_WHAT_IT_DOES))
        words.setObjectName("quiet")
        words.setWordWrap(True)
        row = QHBoxLayout()
        row.addStretch(1)
        for button in (self.later_button, self.apart_button, self.merge_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.addLayout(self._centre, 1)
        column.addWidget(words)
        column.addLayout(row)

    # -- what the reader does -------------------------------------------------------------------

    @property
    def current(self) -> Suggestion | None:
        """The suggestion on show."""
        row = self.list.currentRow()
        return self._open[row] if 0 <= row < len(self._open) else None

    def _merge(self) -> None:
        found = self.current
        if found is not None and self._workbench.attempt(
            lambda: identity.merge(self._workbench.session, found)
        ):
            self._workbench.notified.emit(translate("Merged. Undo takes it back."))

    def _keep_apart(self) -> None:
        found = self.current
        if found is not None and self._workbench.attempt(
            lambda: identity.keep_apart(self._workbench.session, found)
        ):
            self._workbench.notified.emit(
                translate("Kept apart: it isn't asked again. Undo takes it back.")
            )

    def _put_off(self) -> None:
        found = self.current
        if found is not None:
            self._open.remove(found)
            self._refresh()

    # -- what is shown --------------------------------------------------------------------------

    def _refresh(self, *_: object) -> None:
        """Leaves out what has been answered, here or elsewhere; closes after the last."""
        if not self._workbench.has_session:
            return
        session = self._workbench.session
        row = self.list.currentRow()
        self._open = [item for item in self._open if identity.is_open(session, item)]
        if not self._open:
            self.close()
            return
        self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems(
            [f"{item.title} · {translate(str(item.strength))}" for item in self._open]
        )
        self.list.setCurrentRow(min(max(row, 0), len(self._open) - 1))
        self.list.blockSignals(False)
        self._show_detail()

    def _show_detail(self, *_: object) -> None:
        found = self.current
        if found is None or not self._workbench.has_session:
            return
        detail = QWidget()
        column = QVBoxLayout(detail)
        column.setContentsMargins(0, 0, 0, 0)
        evidence = QLabel("\n".join(found.evidence))
        evidence.setTextFormat(Qt.TextFormat.PlainText)
        evidence.setWordWrap(True)
        evidence.setAccessibleName(translate("Evidence"))
        column.addWidget(evidence)
        cards = QHBoxLayout()
        for card in self._cards(found):
            cards.addWidget(card, 1)
        column.addLayout(cards, 1)
        self._centre.replaceWidget(self._detail, detail)
        self._detail.hide()
        self._detail.deleteLater()
        detail.show()
        self._detail = detail

    def _cards(self, found: Suggestion) -> list[RecordCard]:
        state = self._workbench.session.state
        pictures = self._pictures(found)
        cards = []
        for place, patient_id in enumerate((found.first, found.second)):
            visits = state.studies_of(patient_id)
            if found.first == found.second:
                uids = {(same.first, same.second)[place] for same in found.studies}
                visits = [study for study in visits if study.uid in uids]
            cards.append(
                RecordCard(
                    (translate("First"), translate("Second"))[place],
                    tuple(state.patients[record] for record in state.records_of(patient_id)),
                    visits,
                    pictures[place],
                    identity_hidden=self._workbench.settings.identity_hidden,
                )
            )
        return cards

    def _pictures(self, found: Suggestion) -> tuple[QPixmap | None, QPixmap | None]:
        """The same slice of both studies, or one of each person."""
        session = self._workbench.session
        first, second = (self._latest(patient_id) for patient_id in (found.first, found.second))
        indices: tuple[int, int] | None = None
        if found.studies:
            match = found.studies[0].matches[0]
            first, second = (session.state.series[uid] for uid in (match.first, match.second))
            indices = _same_slice(first, second)
        return (
            self._picture(first, indices[0] if indices else None),
            self._picture(second, indices[1] if indices else None),
        )

    def _picture(self, series: Series | None, index: int | None) -> QPixmap | None:
        if series is None:
            return None
        place = _middle(series) if index is None else index
        return slice_picture(self._workbench.session, series, place, PICTURE_SIZE)

    def _latest(self, patient_id: str) -> Series | None:
        state = self._workbench.session.state
        found = (state.series_to_grade(study.uid) for study in state.studies_of(patient_id)[::-1])
        return next((series for series in found if series is not None), None)


def _middle(series: Series) -> int:
    return series.geometry.shape[0] // 2


def _same_slice(first: Series, second: Series) -> tuple[int, int] | None:
    """The slice nearest to the middle that is in both; None if none is known to be."""
    there = {
        item: index
        for index, item in enumerate(second.slice_hashes[: second.geometry.shape[0]])
        if item
    }
    common = [
        index
        for index, item in enumerate(first.slice_hashes[: first.geometry.shape[0]])
        if item in there
    ]
    if not common:
        return None
    nearest = min(common, key=lambda index: abs(index - _middle(first)))
    return nearest, there[first.slice_hashes[nearest]]
