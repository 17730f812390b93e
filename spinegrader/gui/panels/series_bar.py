"""The series of the study in front, one click away."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from spinegrader.domain.edits import Changes
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.study import Series
from spinegrader.gui.panels.flow_layout import FlowLayout
from spinegrader.gui.panels.stack_chooser import StackChooser
from spinegrader.gui.theme import tabular_font
from spinegrader.gui.workbench import Workbench
from spinegrader.services.wording import counted, series_title
from spinegrader.texts import for_translation, translate

_NO_OVERLAY = ("○", for_translation("no overlay"))
_OVERLAY_WORDS = {
    OverlayState.PROPOSED: ("◌", for_translation("overlay proposed")),
    OverlayState.CONFIRMED: ("✓", for_translation("overlay confirmed")),
}


class SeriesBar(QWidget):
    """A row of buttons; the line below tells of the series that is shown."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(translate("Series of this study"))
        self._workbench = workbench
        self.buttons: dict[str, QToolButton] = {}
        holder = QWidget()
        self._flow = FlowLayout(holder)
        self.details = QLabel()
        self.details.setFont(tabular_font(self.details.font()))
        self.details.setForegroundRole(self.details.palette().ColorRole.PlaceholderText)
        self.details.setAccessibleName(translate("The series shown"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(2)
        line = QHBoxLayout()
        line.addWidget(self.details)
        line.addWidget(StackChooser(workbench))
        line.addStretch(1)
        layout.addWidget(holder)
        layout.addLayout(line)
        workbench.project_changed.connect(self._rebuild)
        workbench.study_changed.connect(self._rebuild)
        workbench.series_changed.connect(self._refresh)
        workbench.changed.connect(self._on_changed)
        self._rebuild()

    def _rebuild(self) -> None:
        for button in self.buttons.values():
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        series = self._series()
        titles = _short_titles(series)
        self.buttons = {item.uid: self._make_button(item, titles[item.uid]) for item in series}
        for button in self.buttons.values():
            self._flow.addWidget(button)
        self._refresh()

    def _make_button(self, series: Series, title: str) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setProperty("title", title)
        # The click only asks; the workbench decides what is shown, and _refresh follows it.
        button.clicked.connect(lambda: self._on_clicked(series.uid))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _on_clicked(self, series_uid: str) -> None:
        self._workbench.select_series(series_uid)
        self._refresh()

    def _on_changed(self, changes: Changes) -> None:
        if changes.studies and [item.uid for item in self._series()] != list(self.buttons):
            self._rebuild()
        elif changes.overlays & set(self.buttons):
            self._refresh()

    def _refresh(self) -> None:
        self.details.clear()
        for series in self._series():
            button = self.buttons.get(series.uid)
            if button is None:
                continue
            sign, state = self._overlay_words(series)
            words = translate(state)
            text = " · ".join(part for part in (series_text(series), words) if part)
            shown = series.uid == self._workbench.series_uid
            button.setText(f"{button.property('title')} {sign}".rstrip())
            button.setChecked(shown)
            button.setAccessibleName(text)
            button.setToolTip(f"{text}\n{series.description}".rstrip())
            if shown:
                self.details.setText(text)

    def _overlay_words(self, series: Series) -> tuple[str, str]:
        if not series.is_sagittal:
            return "", ""
        overlay: Overlay | None = self._workbench.session.seen.overlay(series.uid)
        if overlay is None or not overlay.vertebrae:
            return _NO_OVERLAY
        return _OVERLAY_WORDS[overlay.state]

    def _series(self) -> list[Series]:
        if not self._workbench.has_session or not self._workbench.study_uid:
            return []
        return self._workbench.session.state.series_of(self._workbench.study_uid)


def series_text(series: Series) -> str:
    """Such as “Sagittal T2 · 11 slices · 0.59 mm”: the distance is that of the pixels."""
    slices = counted(series.slice_count, "slice", "slices")
    across, down, _ = series.geometry.spacing_mm
    pixel = f"{across:.2f}" if abs(across - down) < 0.005 else f"{across:.2f} × {down:.2f}"
    return f"{series_title(series)} · {slices} · {pixel} mm"


def _short_titles(series: Sequence[Series]) -> dict[str, str]:
    """Plane and weighting; the number of the series too where two would read the same."""
    titles = {item.uid: series_title(item) for item in series}
    count = Counter(titles.values())
    return {
        item.uid: title if count[title] == 1 else f"{title} ({item.number})"
        for item, title in zip(series, titles.values(), strict=True)
    }
