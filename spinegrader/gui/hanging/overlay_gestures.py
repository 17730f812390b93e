"""What clicks and drags on an overlay change."""

from PySide6.QtCore import QObject, Signal

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.overlays import Vertebra
from spinegrader.gui.hanging.series_show import SeriesShow
from spinegrader.gui.workbench import Workbench
from spinegrader.services import annotating
from spinegrader.services.reading import Item, asked_gradings


class OverlayGestures(QObject):
    """Brings discs into focus, and turns drags of one image into edits of its series."""

    selected_changed = Signal()

    def __init__(self, workbench: Workbench, show: SeriesShow) -> None:
        super().__init__(show)
        self._workbench = workbench
        self._show = show
        self.selected: VertebraLevel | None = None
        show.shown.connect(self._forget_selected)
        viewer = show.viewer
        viewer.disc_clicked.connect(self._on_disc_clicked)
        viewer.vertebra_clicked.connect(self.select)
        viewer.vertebra_edited.connect(self._on_vertebra_edited)

    def select(self, level: VertebraLevel | None) -> None:
        """Notes which vertebra commands are about."""
        if level != self.selected:
            self.selected = level
            self.selected_changed.emit()

    def _forget_selected(self) -> None:
        self.select(None)

    def _on_disc_clicked(self, disc: DiscLevel) -> None:
        current = self._workbench.item
        gradings = asked_gradings(self._workbench.session)
        if gradings:
            grading = gradings[0].id if current is None else current.grading
            self._workbench.select_item(Item(disc, grading))

    def _on_vertebra_edited(self, vertebra: Vertebra) -> None:
        self.select(vertebra.level)
        session, series_uid = self._workbench.session, self._show.series_uid
        kept = self._workbench.attempt(
            lambda: annotating.replace_vertebra(session, series_uid, vertebra)
        )
        if not kept:
            self._show.show_overlay()
