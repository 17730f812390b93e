"""Brings what jobs say from their threads to the window's."""

from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Qt, Signal

from spinegrader.services.jobs import Job, JobState


class JobBridge(QObject):
    """Listens to jobs on their threads; its signals arrive on the window's thread."""

    changed = Signal(object)
    """A ``Job`` entered another state."""
    said = Signal(object, object)
    """A ``Job`` and the event that it emitted."""
    _changed_there = Signal(object)
    _said_there = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._told: WeakKeyDictionary[Job, JobState] = WeakKeyDictionary()
        # Always queued, so that a job never runs a widget's code, whichever thread it is on.
        queued = Qt.ConnectionType.QueuedConnection
        self._changed_there.connect(self._tell_once, queued)
        self._said_there.connect(self.said, queued)

    def _tell_once(self, job: Job) -> None:
        # A quick job may have gone two states further before the first one arrives here.
        if self._told.get(job) is not job.state:
            self._told[job] = job.state
            self.changed.emit(job)

    def job_changed(self, job: Job) -> None:
        """Called on the job's thread."""
        self._changed_there.emit(job)

    def job_event(self, job: Job, event: object) -> None:
        """Called on the job's thread."""
        self._said_there.emit(job, event)
