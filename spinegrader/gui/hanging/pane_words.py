"""What stands above and in the corners of the images beside each other."""

from collections.abc import Mapping

from spinegrader.domain.study import Series
from spinegrader.gui.hanging.corner_text import corner_lines
from spinegrader.gui.hanging.headings import readings_lines, series_words, visit_words
from spinegrader.gui.hanging.pane import ImagePane
from spinegrader.gui.hanging.pane_links import PaneLinks
from spinegrader.gui.workbench import Workbench
from spinegrader.services.hanging import Role, candidates, other_visits
from spinegrader.texts import translate

_ROOM_FOR_WORDS = 420
"""Logical pixels of height from which on an image has room for a list of readings."""


class PaneWords:
    """Writes headings, offers what else may hang there, and fills the corners.

    Args:
        workbench: The window's.
        panes: By role.
        links: Tells which images go along with the one in front.
    """

    def __init__(
        self, workbench: Workbench, panes: Mapping[Role, ImagePane], links: PaneLinks
    ) -> None:
        self._workbench = workbench
        self._panes = panes
        self._links = links

    def write(self, shown: Mapping[Role, Series], *, is_alone: bool) -> None:
        """Writes all headings.

        Args:
            shown: The series on screen.
            is_alone: Whether only the series in front is there, which the bar above names.
        """
        front = shown.get(Role.MAIN)
        for role, pane in self._panes.items():
            series = shown.get(role)
            if series is None or front is None:
                pane.set_choices((), "")
                pane.set_heading("")
            elif role is Role.MAIN:
                pane.set_heading("" if is_alone else series_words(series))
            elif role is Role.PRIOR:
                self._write_visit(pane, series.study_uid, front.study_uid)
            else:
                found = candidates(self._workbench.session, front, role)
                pane.set_choices([(item.uid, series_words(item)) for item in found], series.uid)
                self._head(pane, series_words(series) if len(found) == 1 else "")

    def corner(self, role: Role, series: Series) -> tuple[str, ...]:
        """Who it is on the main image, what was read on another visit's; else nothing."""
        bench = self._workbench
        if role is Role.MAIN:
            hidden = bench.settings.identity_hidden
            return corner_lines(bench.session, series, identity_hidden=hidden)
        if role is not Role.PRIOR:
            return ()
        lines = readings_lines(bench.session, series.study_uid, bench.item)
        # A small image is not to be covered with words: its disc and first grading are enough.
        is_small = self._panes[role].viewer.height() < _ROOM_FOR_WORDS
        return lines[:2] if is_small else lines

    def _write_visit(self, pane: ImagePane, study_uid: str, front_uid: str) -> None:
        session = self._workbench.session
        front = session.state.studies[front_uid]
        hidden = self._workbench.settings.identity_hidden
        visits = [
            (visit.uid, visit_words(session, visit, front, identity_hidden=hidden))
            for visit in other_visits(session, front_uid)
        ]
        pane.set_choices(visits, study_uid)
        words = "" if len(visits) > 1 else dict(visits).get(study_uid, "")
        unlinked = translate("not linked: it takes vertebrae on both visits")
        self._head(pane, words, "" if self._links.has_common_disc(Role.PRIOR) else unlinked)

    def _head(self, pane: ImagePane, words: str, why_not_linked: str = "") -> None:
        """Says too where an image doesn't go along with the one in front."""
        unlinked = why_not_linked if self._links.is_on else translate("not linked")
        pane.set_heading("  ·  ".join(part for part in (words, unlinked) if part))
