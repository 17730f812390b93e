"""What clicks and drags on an overlay change."""

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QInputDialog

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import Point
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.gui.hanging.overlay_menu import OverlayMenu
from spinegrader.gui.hanging.series_show import SeriesShow
from spinegrader.gui.viewer.slice_viewer import ViewerMode
from spinegrader.gui.workbench import Workbench
from spinegrader.services import annotating, placing
from spinegrader.services.reading import Item, asked_gradings
from spinegrader.texts import translate


class OverlayGestures(QObject):
    """Brings discs into focus, and turns what is done on one image into edits of its series."""

    def __init__(self, workbench: Workbench, show: SeriesShow) -> None:
        super().__init__(show)
        self._workbench = workbench
        self._show = show
        self.selected: VertebraLevel | None = None
        """The vertebra that commands are about."""
        show.shown.connect(lambda: self.select(None))
        viewer = show.viewer
        viewer.disc_clicked.connect(self._on_disc_clicked)
        viewer.vertebra_clicked.connect(self.select)
        viewer.vertebra_edited.connect(self._on_vertebra_edited)
        viewer.disc_edited.connect(self._on_disc_edited)
        viewer.vertebra_placed.connect(self._on_vertebra_placed)
        viewer.menu_wanted.connect(self._show_menu)

    def select(self, level: VertebraLevel | None) -> None:
        """Notes which vertebra commands are about."""
        self.selected = level

    def move_to_slice(self, level: VertebraLevel) -> None:
        """Makes the slice on screen the mid-slice of a vertebra.

        Raises:
            InvalidEditError: If there are no vertebrae on the series.
        """
        geometry, session = self._show.geometry, self._workbench.session
        if geometry is not None:
            index = self._show.viewer.current_slice
            annotating.move_to_slice(session, self._show.series_uid, level, geometry, index)

    def _on_disc_clicked(self, disc: DiscLevel) -> None:
        current = self._workbench.item
        gradings = asked_gradings(self._workbench.session)
        if gradings:
            grading = gradings[0].id if current is None else current.grading
            self._workbench.select_item(Item(disc, grading))

    def _on_vertebra_edited(self, vertebra: Vertebra) -> None:
        self.select(vertebra.level)
        session, series_uid = self._workbench.session, self._show.series_uid
        before = annotating.overlay_of(session, series_uid).vertebra(vertebra.level)
        verb = "Move" if before is None else vertebra.what_changed(before)
        kept = self._workbench.attempt(
            lambda: annotating.replace_vertebra(session, series_uid, vertebra, verb)
        )
        if not kept:
            self._show.show_overlay()

    def _on_disc_edited(self, disc: Disc) -> None:
        session, series_uid = self._workbench.session, self._show.series_uid
        if not self._workbench.attempt(lambda: annotating.edit_disc(session, series_uid, disc)):
            self._show.show_overlay()

    # -- adding one -------------------------------------------------------------------------

    def _on_vertebra_placed(self, upper: Point, lower: Point) -> None:
        geometry, session = self._show.geometry, self._workbench.session
        level = self._level_for(upper, lower)
        if geometry is None or level is None:
            return
        series_uid = self._show.series_uid
        added = self._workbench.attempt(
            lambda: placing.add_vertebra(session, series_uid, level, upper, lower, geometry)
        )
        if added:
            self.select(level)
            self._show.viewer.set_mode(ViewerMode.BROWSE)

    def _level_for(self, upper: Point, lower: Point) -> VertebraLevel | None:
        """What a new vertebra is called: told by its neighbours, else asked."""
        overlay = self._workbench.session.seen.overlay(self._show.series_uid)
        centre = tuple((one + other) / 2 for one, other in zip(upper, lower, strict=True))
        if overlay is not None:
            fitting = placing.fitting_level(overlay, (centre[0], centre[1], centre[2]))
            if fitting is not None:
                return fitting
        names = [str(level) for level in VertebraLevel]
        name, entered = QInputDialog.getItem(
            self._show.viewer,
            translate("Add a vertebra"),
            translate("Which one is it?"),
            names,
            names.index(VertebraLevel.L5),
            editable=False,
        )
        return VertebraLevel(name) if entered else None

    # -- menu -------------------------------------------------------------------------------

    def _show_menu(self, level: VertebraLevel | DiscLevel, at: QPoint) -> None:
        overlay = self._workbench.session.seen.overlay(self._show.series_uid)
        if overlay is None:
            return
        if isinstance(level, VertebraLevel):
            self.select(level)
        menu = OverlayMenu(self._workbench, overlay, level, self.move_to_slice, self._show.viewer)
        menu.popup(at)
