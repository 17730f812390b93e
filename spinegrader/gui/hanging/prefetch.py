"""Reads the images of the study that comes next while the reader looks at this one."""

import math
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from spinegrader.errors import ProjectError
from spinegrader.gui.volumes import VolumeCache
from spinegrader.gui.workbench import Workbench
from spinegrader.services import reading

_REST_MS = 400
"""After a study came up: by then its images are on screen and the reader looks at them."""

_MOST_PIXELS = 12_000_000
"""Reading more would be felt as a stumble, were a key pressed in the middle of it."""


class Prefetch(QObject):
    """Fills the cache with one series at a time, in a quiet moment."""

    def __init__(self, workbench: Workbench, volumes: VolumeCache, parent: QObject) -> None:
        super().__init__(parent)
        self.following: Callable[[], str | None] = self._next_undone
        """Tells the study that comes next; another one where the work list is in another order."""
        self._workbench = workbench
        self._volumes = volumes
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REST_MS)
        self._timer.timeout.connect(self.read_next)
        workbench.study_changed.connect(lambda _: self._timer.start())
        workbench.project_changed.connect(self._timer.stop)

    def read_next(self) -> None:
        """Reads the series to grade of the next study that isn't done."""
        bench = self._workbench
        if not bench.has_session or not bench.study_uid:
            return
        study_uid = self.following()
        series = None if study_uid is None else bench.session.state.series_to_grade(study_uid)
        if series is None or math.prod(series.geometry.shape) > _MOST_PIXELS:
            return
        try:
            self._volumes.get(bench.session, series)
        except ProjectError:
            # It is told when the study is opened, where it can be seen whose it is.
            return

    def _next_undone(self) -> str | None:
        return reading.next_undone_study(self._workbench.session, self._workbench.study_uid)
