"""The list of runs with its buttons: what can be started, which kinds are shown, what grades."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.training.model_chooser import ModelChooser
from spinegrader.gui.training.notices import secondary_label
from spinegrader.gui.training.runs_model import RunColumn, RunEntry, RunsModel
from spinegrader.gui.training.start_dialog import JobKind
from spinegrader.gui.training.tables import show_as_rows
from spinegrader.gui.training.wording import KIND_NAMES
from spinegrader.services.session import Session
from spinegrader.texts import translate

_ALL, _IMPORTED = "", "imported"


class RunsList(QWidget):
    """Shows the runs that it is given, one of them selected; asks others to act."""

    selected = Signal(object)
    """Another run is selected: its ``RunEntry``, or None where the list shows none."""
    start_requested = Signal(JobKind)
    compare_requested = Signal()
    import_requested = Signal()
    model_chosen = Signal(str)
    """What predictions shall take: a model's name, empty for the newest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[RunEntry, ...] = ()
        self.selected_folder: Path | None = None
        self.model = RunsModel(self)
        self.table = _table(self.model)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.none_note = secondary_label(translate("There is no run of this kind."))
        self.chooser = ModelChooser()
        self.chooser.model_chosen.connect(self.model_chosen)
        self.simulated_note = secondary_label(
            translate("The figures of these runs are of simulated people.")
        )
        self.shipped_note = secondary_label()
        self._make_tools()
        self._lay_out()

    def _make_tools(self) -> None:
        self.kind_filter = QComboBox()
        self.kind_filter.setAccessibleName(translate("Kinds of runs in the list"))
        self.kind_filter.setToolTip(translate("Which kinds of runs the list shows"))
        self.kind_filter.addItem(translate("All runs"), _ALL)
        for kind, name in KIND_NAMES.items():
            self.kind_filter.addItem(translate(name), kind)
        self.kind_filter.addItem(translate("Imported"), _IMPORTED)
        self.kind_filter.currentIndexChanged.connect(self._show_entries)
        self.compare_button = QPushButton(translate("Compare models…"))
        self.compare_button.setToolTip(
            translate("Figures of several models on the same people, side by side")
        )
        self.compare_button.clicked.connect(self.compare_requested)
        self.import_button = import_button()
        self.import_button.clicked.connect(self.import_requested)

    def _lay_out(self) -> None:
        starts = QGridLayout()
        for place, kind in enumerate(JobKind):
            button = QPushButton(kind.button_text)
            button.clicked.connect(lambda _=False, kind=kind: self.start_requested.emit(kind))
            starts.addWidget(button, *divmod(place, 3))
        tools = QHBoxLayout()
        tools.addWidget(self.kind_filter)
        tools.addStretch(1)
        tools.addWidget(self.compare_button)
        tools.addWidget(self.import_button)
        column = QVBoxLayout(self)
        column.addLayout(starts)
        column.addLayout(tools)
        column.addWidget(self.table, 1)
        column.addWidget(self.none_note)
        column.addWidget(self.chooser)
        column.addWidget(self.simulated_note)
        column.addWidget(self.shipped_note)

    def show_entries(self, entries: Sequence[RunEntry], session: Session | None) -> None:
        """Shows other runs, and which model the project grades with."""
        self._all = tuple(entries)
        self.simulated_note.setVisible(any(entry.is_simulated for entry in entries))
        if session is not None:
            self.chooser.show_models(session)
        self._show_entries()

    def select(self, run_folder: Path, kind: str = "") -> None:
        """Selects a run as soon as it is in the list, of whatever kind it is."""
        self.selected_folder = run_folder
        if self.kind_filter.currentData() not in (_ALL, kind):
            self.kind_filter.setCurrentIndex(0)

    @property
    def selected_entry(self) -> RunEntry | None:
        """The run that is selected; None where the list shows none."""
        return next(
            (item for item in self.model.entries if item.folder == self.selected_folder), None
        )

    def _show_entries(self) -> None:
        wanted = self.kind_filter.currentData()
        shown = [
            entry
            for entry in self._all
            if wanted in (_ALL, entry.kind) or (wanted == _IMPORTED and entry.is_imported)
        ]
        self.model.set_entries(shown)
        self.none_note.setVisible(not shown)
        self._select_row()

    def _select_row(self) -> None:
        folders = [entry.folder for entry in self.model.entries]
        if not folders:
            self.selected_folder = None
            self.selected.emit(None)
            return
        if self.selected_folder not in folders:
            self.selected_folder = folders[0]
        row = folders.index(self.selected_folder)
        if self.table.currentIndex().row() != row:
            self.table.selectRow(row)
        else:
            self.selected.emit(self.model.entries[row])

    def _on_row(self, current: QModelIndex) -> None:
        if current.isValid():
            entry = self.model.entries[current.row()]
            self.selected_folder = entry.folder
            self.selected.emit(entry)


def import_button() -> QPushButton:
    """A button that offers to bring a model in."""
    button = QPushButton(translate("Import a model…"))
    button.setToolTip(translate("Brings in a model that another project has exported"))
    return button


def _table(model: RunsModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(translate("Runs"))
    show_as_rows(table)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    # What may be long takes what room is left; the whole is in its tool tip.
    header.setSectionResizeMode(RunColumn.NOTE, QHeaderView.ResizeMode.Stretch)
    return table
