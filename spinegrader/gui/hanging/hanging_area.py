"""The images of the workspace Read: the series in front, and what hangs beside it."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from spinegrader.domain.edits import Changes
from spinegrader.gui.hanging.colouring_choice import colouring_for
from spinegrader.gui.hanging.overlay_gestures import OverlayGestures
from spinegrader.gui.hanging.pane import ImagePane
from spinegrader.gui.hanging.pane_links import LinkedImage, PaneLinks
from spinegrader.gui.hanging.pane_words import PaneWords
from spinegrader.gui.hanging.prefetch import Prefetch
from spinegrader.gui.hanging.series_show import SeriesShow
from spinegrader.gui.viewer.slice_viewer import SliceViewer
from spinegrader.gui.viewer_settings import ViewerSettings
from spinegrader.gui.volumes import VolumeCache
from spinegrader.gui.workbench import Workbench
from spinegrader.services.hanging import (
    LAYOUTS,
    Layout,
    Role,
    hang,
    layout_of,
    next_stack,
)
from spinegrader.texts import translate

_GAP = 2
_ROWS = 6
"""Cells in a column: one, two or three images share them evenly."""


class HangingArea(QWidget):
    """Places panes in the layout of the settings; what a study doesn't have takes no room."""

    pointer_text = Signal(str)

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.volumes = VolumeCache()
        self.prefetch = Prefetch(workbench, self.volumes, self)
        self.links = PaneLinks(self)
        self.panes = {role: ImagePane(translate(str(role))) for role in Role}
        self._words = PaneWords(workbench, self.panes, self.links)
        self.shows: dict[Role, SeriesShow] = {}
        self.gestures: dict[Role, OverlayGestures] = {}
        self._wishes: dict[Role, str] = {}
        self._filled: Role | None = None
        self._active = Role.MAIN
        self._waiting: list[tuple[Role, str]] = []
        # The main image is on screen first; the others follow one by one, between the keys.
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.timeout.connect(self._hang_next)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        for role, pane in self.panes.items():
            self._make_show(role, pane)
        self._connect()
        self._arrange()

    def _make_show(self, role: Role, pane: ImagePane) -> None:
        show = self.shows[role] = SeriesShow(
            self._workbench,
            pane.viewer,
            self.volumes,
            lambda series: self._words.corner(role, series),
        )
        self.gestures[role] = OverlayGestures(self._workbench, show)
        self.links.add(LinkedImage(role, show))
        ViewerSettings(self._workbench, pane.viewer)
        pane.viewer.fill_wanted.connect(lambda: self.toggle_fill(role))
        pane.viewer.pointer_text.connect(self.pointer_text)
        pane.viewer.focused.connect(lambda: self._set_active(role))
        pane.viewer.stepped_beyond.connect(
            lambda direction: self._go_to_next_stack(role, direction)
        )
        pane.viewer.set_compact(role is not Role.MAIN)
        if role is Role.PRIOR:
            pane.viewer.view_changed.connect(lambda _: show.write_corner_text())
        pane.chosen.connect(lambda uid: self._choose(role, uid))
        show.shown.connect(lambda: self._colour(show))
        show.overlay_changed.connect(self._write_headings)

    def _connect(self) -> None:
        bench = self._workbench
        bench.project_changed.connect(self._on_project)
        bench.study_changed.connect(self._on_study)
        bench.item_changed.connect(self._on_item)
        bench.changed.connect(self._on_changes)
        bench.settings_changed.connect(self._on_settings)
        self.shows[Role.MAIN].shown.connect(self._hang_beside)

    # -- what is there ----------------------------------------------------------------------

    @property
    def main(self) -> SliceViewer:
        """The viewer of the series in front."""
        return self.panes[Role.MAIN].viewer

    @property
    def active(self) -> SeriesShow:
        """The image that keys and menus act on: the one with the keyboard, else the main one."""
        return self.shows[self._active]

    @property
    def active_gestures(self) -> OverlayGestures:
        """What commands on the active image's vertebrae go through."""
        return self.gestures[self._active]

    @property
    def layout_in_use(self) -> Layout:
        """The arrangement that the settings name."""
        return layout_of(self._workbench.settings.hanging)

    # -- choosing ---------------------------------------------------------------------------

    def choose_layout(self, layout_id: str) -> None:
        """Hangs the images in another arrangement, which is remembered."""
        self._filled = None
        self._workbench.change_settings(hanging=layout_id)

    def choose_next_layout(self) -> None:
        """Hangs the images in the arrangement that follows; behind the last comes the first."""
        following = LAYOUTS[(LAYOUTS.index(self.layout_in_use) + 1) % len(LAYOUTS)]
        self.choose_layout(following.id)
        self._workbench.notified.emit(
            translate("Layout: {name}").format(name=translate(following.name))
        )

    def set_linked(self, is_linked: bool) -> None:
        """Lets images move together, or each on its own, which their headings say."""
        self.links.set_on(is_linked)
        self._write_headings()

    def toggle_fill(self, role: Role | None = None) -> None:
        """Gives all the room to one image (the active one), or back to all."""
        self._filled = None if self._filled is not None else role or self._active
        self._arrange()

    def _set_active(self, role: Role) -> None:
        self._active = role

    def _choose(self, role: Role, uid: str) -> None:
        self._wishes[role] = uid
        self._hang_beside()

    def _go_to_next_stack(self, role: Role, direction: int) -> None:
        """Axial images often are one stack a disc: the wheel goes on through all of them."""
        show = self.shows[role]
        stack = None if show.series is None else next_stack(show.series, show.stack, direction)
        if stack is None:
            return
        if role is Role.MAIN:
            self._workbench.select_stack(stack)
        elif show.series is not None:
            show.show_series(show.series.uid, stack)
        geometry = show.geometry
        if geometry is not None:
            show.viewer.go_to_slice(0 if direction > 0 else geometry.shape[0] - 1)

    # -- following the project --------------------------------------------------------------

    def _on_project(self) -> None:
        self.volumes.clear()
        self._hang_beside()

    def _on_study(self) -> None:
        self._wishes.clear()
        self._filled = None

    def _on_settings(self) -> None:
        self._hang_beside()
        self.colour()

    def _on_item(self) -> None:
        item = self._workbench.item
        disc = None if item is None else item.disc
        for role, show in self.shows.items():
            # The others are led by the links, so that all show the same place.
            centre = role is Role.MAIN and self._workbench.settings.centres_focus
            show.viewer.set_focus(disc, centre_on_focus=centre)
        self.links.set_disc(disc)
        self.shows[Role.PRIOR].write_corner_text()
        self.colour()

    def _on_changes(self, changes: Changes) -> None:
        if changes.studies:
            self._hang_beside()
        elif changes.grades:
            self.shows[Role.PRIOR].write_corner_text()
        self.colour()

    def colour(self) -> None:
        """Gives the overlays of all images the colours that the settings name."""
        for show in self.shows.values():
            self._colour(show)

    def _colour(self, show: SeriesShow) -> None:
        series, bench = show.series, self._workbench
        if series is not None:
            choice = bench.settings.overlay_colouring
            show.viewer.set_colouring(
                colouring_for(bench.session, series.study_uid, choice, bench.item)
            )

    # -- hanging ----------------------------------------------------------------------------

    def _hang_beside(self) -> None:
        """Finds what belongs beside the series in front, and brings it up bit by bit."""
        main = self.shows[Role.MAIN].series
        wanted: dict[Role, str] = {}
        if main is not None:
            session = self._workbench.session
            wanted = hang(session, main.uid, self.layout_in_use, self._wishes)
        self._waiting = []
        for role, show in self.shows.items():
            if role is Role.MAIN or show.series_uid == wanted.get(role, ""):
                continue
            if role in wanted:
                self._waiting.append((role, wanted[role]))
            else:
                show.show_message("", "")
        self._arrange()
        self._write_headings()
        if self._waiting:
            self._next.start()

    def _hang_next(self) -> None:
        if not self._waiting or not self._workbench.has_session:
            return
        role, series_uid = self._waiting.pop(0)
        self.shows[role].show_series(series_uid)
        self._write_headings()
        if self._waiting:
            self._next.start()

    def _arrange(self) -> None:
        """Gives each pane its cells; those without an image are hidden, the others take it all."""
        for pane in self.panes.values():
            self._grid.removeWidget(pane)
        columns = self._columns()
        for number, (roles, share) in enumerate(columns):
            rows = _ROWS // len(roles)
            for place, role in enumerate(roles):
                self._grid.addWidget(self.panes[role], place * rows, number, rows, 1)
            self._grid.setColumnStretch(number, share)
        for row in range(_ROWS):
            self._grid.setRowStretch(row, 1)
        for number in range(len(columns), self._grid.columnCount()):
            self._grid.setColumnStretch(number, 0)
        shown = {role for roles, _ in columns for role in roles}
        for role, pane in self.panes.items():
            pane.setVisible(role in shown)
        if self._active not in shown:
            self._active = Role.MAIN

    def _columns(self) -> list[tuple[list[Role], int]]:
        """What is there, column by column, with the width of each."""
        if self._filled is not None:
            return [([self._filled], 1)]
        there = {role for role, _ in self._waiting} | {Role.MAIN}
        there |= {role for role, show in self.shows.items() if show.series_uid}
        layout = self.layout_in_use
        columns = (
            ([role for role in roles if role in there], share)
            for roles, share in zip(layout.columns, layout.shares, strict=True)
        )
        return [(roles, share) for roles, share in columns if roles]

    def _write_headings(self) -> None:
        shown = {
            role: series for role, show in self.shows.items() if (series := show.series) is not None
        }
        is_alone = [len(roles) for roles, _ in self._columns()] == [1]
        self._words.write(shown, is_alone=is_alone)
