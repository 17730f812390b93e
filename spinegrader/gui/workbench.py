"""What all widgets of one window share: the session, the selection and the jobs."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from spinegrader.domain.edits import Changes
from spinegrader.errors import SpineGraderError
from spinegrader.gui.workers import JobBridge
from spinegrader.services.gpu_memory import give_back_gpu_memory
from spinegrader.services.jobs import Job, SerialLane
from spinegrader.services.places import Place
from spinegrader.services.reading import Item
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings, save_settings
from spinegrader.texts import translate


class Workbench(QObject):
    """Holds the session and what is selected; widgets listen to its signals.

    Widgets never edit data themselves: they call services through :meth:`attempt`.
    """

    project_opening = Signal()
    """A project is about to be opened: the last moment to make the widgets that show it."""
    project_changed = Signal()
    """Another project was opened, or it was closed."""
    changed = Signal(object)
    """An edit was applied: ``Changes``."""
    study_changed = Signal(str)
    series_changed = Signal(str)
    stack_changed = Signal(int)
    """Another stack of the series in front."""
    item_changed = Signal(object)
    """The item in focus: ``Item`` or None."""
    saved = Signal(object)
    """An edit became durable: ``datetime`` in UTC."""
    unsaved_changed = Signal()
    """Changes that couldn't be written came or went, or the disk said something else."""
    place_shown = Signal(object)
    """A change that was undone or redone came to the front: its ``Place``."""
    failed = Signal(object)
    """Something that the reader should be told: ``SpineGraderError``."""
    notified = Signal(str)
    """A short sentence for the status line."""
    discs_predicted = Signal(int)
    """A model's grades of so many discs were kept."""
    grew = Signal()
    """Much came into memory that is there to stay, such as the rows of thousands of studies."""
    settings_changed = Signal(object)
    job_changed = Signal(object)
    """A job entered another state: ``Job``."""
    evaluation_report_requested = Signal(object)
    """The report of an evaluation of the open project is wanted: ``Evaluation``."""
    job_event = Signal(object, object)
    """A job said something: ``Job`` and its event."""

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._session: Session | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self._saved_at: datetime | None = None
        self._told_unsaved = (0, "")
        self.study_uid = ""
        self.series_uid = ""
        self.stack = 0
        self.item: Item | None = None
        self.bridge = JobBridge(self)
        self.bridge.changed.connect(self.job_changed)
        self.bridge.said.connect(self.job_event)
        self.training_lane = SerialLane("training", self.bridge, give_back_gpu_memory)
        self.quick_lane = SerialLane(translate("background work"), self.bridge)
        # Its own: nobody should wait for it with an import or an export.
        self.detecting_lane = SerialLane("detecting", self.bridge)
        # Likewise; and nobody is asked about a map that is drawn for the disc on screen.
        self.evidence_lane = SerialLane("evidence", self.bridge)

    # -- session ----------------------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The open project's session.

        Raises:
            SpineGraderError: If no project is open.
        """
        if self._session is None:
            raise SpineGraderError(translate("No project is open: open one first."))
        return self._session

    @property
    def has_session(self) -> bool:
        """Whether a project is open."""
        return self._session is not None

    def open_session(self, session: Session) -> None:
        """Shows another project; the one before is closed."""
        self.close_session()
        self.project_opening.emit()
        # Somebody is here to free some space.
        session.keeps_unsaved = True
        self._session = session
        self._saved_at = session.saved_at
        self._unsubscribe = session.subscribe(self._on_changes)
        self.project_changed.emit()

    def close_session(self) -> None:
        """Lets the project go, if one is open; project.h5 is renewed behind the window."""
        if self._session is None:
            return
        session, self._session = self._session, None
        self._unsubscribe()
        self.study_uid, self.series_uid, self.item = "", "", None
        session.close(wait=False)
        self.look_at_unsaved()
        self.project_changed.emit()

    def _on_changes(self, changes: Changes) -> None:
        # Others' changes come through here too: they say nothing of this session's saving.
        saved_at = self.session.saved_at
        if saved_at != self._saved_at:
            self._saved_at = saved_at
            self.saved.emit(saved_at)
        self.look_at_unsaved()
        self.changed.emit(changes)
        while self.has_session and self.session.unsaved.refused:
            self.failed.emit(self.session.unsaved.refused.pop(0))

    def look_at_unsaved(self) -> None:
        """Tells if the changes that wait, or what they wait for, are others than before."""
        told = (0, "")
        if self._session is not None and (error := self._session.unsaved.error) is not None:
            told = (len(self._session.unsaved), error.message)
        if told != self._told_unsaved:
            self._told_unsaved = told
            self.unsaved_changed.emit()

    def attempt(self, action: Callable[[], object]) -> bool:
        """Calls a service; an error is announced by ``failed`` instead of raised.

        Returns:
            Whether it went well.
        """
        try:
            action()
        except SpineGraderError as error:
            self.failed.emit(error)
            return False
        return True

    # -- selection --------------------------------------------------------------------------

    def select_study(self, study_uid: str) -> None:
        """Brings a study, and the series to grade in it, to the front."""
        if study_uid == self.study_uid or study_uid not in self.session.state.studies:
            return
        self.study_uid = study_uid
        self.select_item(None)
        self.study_changed.emit(study_uid)
        found = self.session.state.series_of(study_uid)
        self.select_series(found[0].uid if found else "")

    def select_series(self, series_uid: str) -> None:
        """Brings a series of the study in front to the viewer; empty for none."""
        if series_uid != self.series_uid:
            self.series_uid, self.stack = series_uid, 0
            self.series_changed.emit(series_uid)

    def select_stack(self, index: int) -> None:
        """Brings another stack of the series in front to the viewer."""
        series = self.session.state.series.get(self.series_uid)
        if series is not None and index != self.stack and 0 <= index < len(series.stacks):
            self.stack = index
            self.stack_changed.emit(index)

    def select_item(self, item: Item | None) -> None:
        """Sets the focus on a disc and grading."""
        if item != self.item:
            self.item = item
            self.item_changed.emit(item)

    def go_to(self, place: Place) -> None:
        """Brings the place of a change to the front: study, series, disc or vertebra."""
        self.select_study(place.study_uid)
        if place.series_uid:
            self.select_series(place.series_uid)
        if place.item is not None:
            self.select_item(place.item)
        self.place_shown.emit(place)

    # -- settings ---------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings of the person at this computer."""
        return self._settings

    def change_settings(self, **changes: object) -> None:
        """Changes some settings and keeps them."""
        self.set_settings(self._settings.model_copy(update=changes))

    def change_reader(self, name: str) -> None:
        """Grades are kept under another name from now on."""
        self.change_settings(reader=name)
        if self._session is not None:
            self._session.reader = name
            self.changed.emit(Changes(studies=True, grades=frozenset(self._session.state.studies)))

    def remember_project(self, folder: Path) -> None:
        """Puts a project at the head of the recent ones."""
        self.set_settings(self._settings.with_recent(folder))

    def set_settings(self, settings: Settings) -> None:
        """Takes settings over and keeps them."""
        self._settings = settings
        save_settings(settings)
        self.settings_changed.emit(settings)

    # -- jobs -------------------------------------------------------------------------------

    @property
    def has_unfinished_jobs(self) -> bool:
        """Whether a job of any lane runs or waits."""
        lanes = (self.training_lane, self.quick_lane, self.detecting_lane, self.evidence_lane)
        return any(lane.is_busy for lane in lanes)

    def start_training_job(self, job: Job) -> Job:
        """Queues a job in the lane of the GPU: one at a time."""
        return self.training_lane.submit(job)

    def start_detecting_job(self, job: Job) -> Job:
        """Queues a job that looks for vertebrae."""
        return self.detecting_lane.submit(job)

    def start_evidence_job(self, job: Job) -> Job:
        """Queues a job that draws where a grade came from."""
        return self.evidence_lane.submit(job)

    def start_quick_job(self, job: Job) -> Job:
        """Queues a job that doesn't train."""
        return self.quick_lane.submit(job)
