"""Images that move together: by millimetres within a visit, disc by disc between two.

Two visits of a person share no coordinates. There, the disc in focus is laid on its counterpart:
a place is carried over by its offset from the disc's centre, so that the level is shown at the
same place of both images however the person lay.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.geometry import FloatArray, Point, VolumeGeometry, as_point
from spinegrader.domain.planes import are_parallel, cut_mm, slice_centre_mm
from spinegrader.gui.hanging.series_show import SeriesShow
from spinegrader.gui.viewer.reference_lines import ReferenceLine
from spinegrader.services.hanging import Role, nearest_stack
from spinegrader.texts import translate


@dataclass(frozen=True)
class LinkedImage:
    """One image that takes part."""

    role: Role
    show: SeriesShow


class PaneLinks(QObject):
    """Keeps slices, views and reference lines of several images together."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._images: tuple[LinkedImage, ...] = ()
        self._is_on = True
        self._is_following = False
        self._disc: DiscLevel | None = None

    def add(self, image: LinkedImage) -> None:
        """Takes an image in; its viewer is listened to from now on."""
        self._images = (*self._images, image)
        viewer = image.show.viewer
        viewer.slice_changed.connect(lambda _: self._on_slice(image))
        viewer.view_changed.connect(lambda is_wanted: self._on_view(image, is_wanted))
        viewer.pointed.connect(lambda place: self._on_pointed(image, place))
        image.show.shown.connect(lambda: self._on_shown(image))
        image.show.overlay_changed.connect(self.follow_main)

    @property
    def is_on(self) -> bool:
        """Whether images move together."""
        return self._is_on

    def has_common_disc(self, role: Role) -> bool:
        """Whether an image has a disc that the one in front has too, or needs none."""
        images = {image.role: image for image in self._images}
        if role is not Role.PRIOR:
            return True
        return self._common_disc(images[Role.MAIN], images[role]) is not None

    def set_on(self, is_on: bool) -> None:
        """Links the images, or lets each move on its own; reference lines stay."""
        self._is_on = is_on
        self.follow_main()

    def set_disc(self, disc: DiscLevel | None) -> None:
        """The disc that visits are laid on each other by, and that axial images go to."""
        self._disc = disc
        self._show_disc_on_axial()
        self.follow_main()

    def follow_main(self) -> None:
        """Brings all images to where the main one is."""
        main = next((image for image in self._images if image.role is Role.MAIN), None)
        if main is not None:
            self._on_slice(main)
            self._lead_view(main)

    # -- following --------------------------------------------------------------------------

    def _on_shown(self, image: LinkedImage) -> None:
        if image.role is Role.AXIAL:
            self._show_disc_on_axial()
        if image.role is Role.MAIN or self._is_following:
            self._draw_reference_lines()
        else:
            self.follow_main()

    def _on_pointed(self, source: LinkedImage, place: Point) -> None:
        """Brings the clicked place up on the other images."""
        for other in self._images if self._is_on else ():
            carried = self._carried_over(place, source, other)
            if other is not source and carried is not None and other.show.viewer.isVisible():
                _go_to(other, carried)

    def _on_slice(self, source: LinkedImage) -> None:
        geometry = source.show.geometry
        if self._is_following or source.show.is_loading or geometry is None:
            return
        self._is_following = True
        try:
            centre = slice_centre_mm(geometry, source.show.viewer.current_slice)
            for other in self._linked_to(source, geometry):
                place = self._carried_over(centre, source, other)
                other_geometry = other.show.geometry
                if place is not None and other_geometry is not None:
                    other.show.viewer.go_to_slice(other_geometry.nearest_slice(place))
        finally:
            self._is_following = False
        self._draw_reference_lines()

    def _on_view(self, source: LinkedImage, is_wanted: bool) -> None:
        if is_wanted:
            self._lead_view(source)
        else:
            # Another size is no wish to look elsewhere.
            self.follow_main()

    def _lead_view(self, source: LinkedImage) -> None:
        geometry, viewer = source.show.geometry, source.show.viewer
        centre = viewer.view_centre_mm
        if self._is_following or source.show.is_loading or geometry is None or centre is None:
            return
        self._is_following = True
        try:
            for other in self._linked_to(source, geometry):
                place = self._carried_over(centre, source, other)
                if place is None or (viewer.is_fitted and Role.PRIOR not in _roles(source, other)):
                    other.show.viewer.fit()
                else:
                    share = other.show.viewer.height() / max(viewer.height(), 1)
                    other.show.viewer.show_view(place, viewer.pixels_per_mm * share)
        finally:
            self._is_following = False

    def _linked_to(self, source: LinkedImage, geometry: VolumeGeometry) -> Iterable[LinkedImage]:
        if not self._is_on:
            return
        for other in self._images:
            other_geometry = other.show.geometry
            if other is source or other_geometry is None or not other.show.viewer.isVisible():
                continue
            if are_parallel(geometry, other_geometry):
                yield other

    # -- from one visit to another ----------------------------------------------------------

    def _carried_over(self, place: Point, source: LinkedImage, other: LinkedImage) -> Point | None:
        """A place of one image in the other's coordinates; None where no disc links them."""
        if (source.role is Role.PRIOR) == (other.role is Role.PRIOR):
            return place
        centres = self._common_disc(source, other)
        return None if centres is None else as_point(place - centres[0] + centres[1])

    def _common_disc(
        self, source: LinkedImage, other: LinkedImage
    ) -> tuple[FloatArray, FloatArray] | None:
        """Centres of the disc in focus in both; of the disc nearest to it that both have."""
        found = self._disc_centres(source), self._disc_centres(other)
        common = [level for level in found[0] if level in found[1]]
        if not common:
            return None
        wanted = self._disc
        if wanted is not None:
            common.sort(key=lambda level: abs(level.upper.position - wanted.upper.position))
        return found[0][common[0]], found[1][common[0]]

    def _disc_centres(self, image: LinkedImage) -> dict[DiscLevel, FloatArray]:
        if image.role is not Role.PRIOR:
            # Within a visit all images share the main one's vertebrae.
            image = next((item for item in self._images if item.role is Role.MAIN), image)
        overlay = image.show.overlay
        return {} if overlay is None else {disc.level: disc.centre_mm for disc in overlay.discs}

    def _show_disc_on_axial(self) -> None:
        main = next((image for image in self._images if image.role is Role.MAIN), None)
        centre = None if main is None or self._disc is None else self._disc_centres(main)
        if centre is None or self._disc not in centre:
            return
        place = as_point(centre[self._disc])
        for image in self._images:
            if image.role is Role.AXIAL and self._is_on:
                _go_to(image, place)

    # -- reference lines --------------------------------------------------------------------

    def _draw_reference_lines(self) -> None:
        there = [image for image in self._images if image.show.geometry is not None]
        for image in there:
            image.show.viewer.set_reference_lines(_lines_on(image, there))


def _go_to(image: LinkedImage, place: Point) -> None:
    """The slice nearest to a place, in whichever stack it is."""
    series = image.show.series
    if series is None:
        return
    stack = nearest_stack(series, place)
    if stack != image.show.stack and image.role is not Role.MAIN:
        image.show.show_series(series.uid, stack)
    geometry = image.show.geometry
    if geometry is not None:
        image.show.viewer.go_to_slice(geometry.nearest_slice(place))


def _lines_on(image: LinkedImage, others: Sequence[LinkedImage]) -> list[ReferenceLine]:
    """Where the slices on screen of a visit's other images cut the one on screen here."""
    lines = []
    geometry = image.show.geometry
    for other in others:
        other_geometry, series = other.show.geometry, other.show.series
        if other is image or geometry is None or other_geometry is None or series is None:
            continue
        if Role.PRIOR in _roles(image, other) or are_parallel(geometry, other_geometry):
            continue
        index = other.show.viewer.current_slice
        ends = cut_mm(geometry, image.show.viewer.current_slice, other_geometry, index)
        if ends is not None:
            lines.append(ReferenceLine(*ends, label=f"{translate(str(series.plane))} {index + 1}"))
    # A second sagittal image at the same place would draw the same line over it.
    distinct: dict[tuple[float, ...], ReferenceLine] = {}
    for line in lines:
        distinct.setdefault(tuple(np.round((*line.start_mm, *line.end_mm), 1)), line)
    return list(distinct.values())


def _roles(first: LinkedImage, second: LinkedImage) -> tuple[Role, Role]:
    return first.role, second.role
