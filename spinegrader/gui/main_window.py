"""The window: three workspaces in one frame, with one selection."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QMimeData, Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QLabel,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from spinegrader.gui.actions import WINDOW_ACTIONS, make_actions
from spinegrader.gui.detecting_commands import DetectingCommands
from spinegrader.gui.dialogs.banner import ErrorBanner
from spinegrader.gui.dialogs.welcome import WelcomePage
from spinegrader.gui.hanging.colouring_menu import ColouringMenu
from spinegrader.gui.hanging.layout_menu import LayoutMenu
from spinegrader.gui.head_bar import HeadBar
from spinegrader.gui.import_commands import ImportCommands
from spinegrader.gui.keys import apply_keys
from spinegrader.gui.menus import IMAGES, NEED_PROJECT, PROJECT, VIEW, add_read_actions, make_menus
from spinegrader.gui.panels.import_notices import ImportNotices
from spinegrader.gui.panels.status_line import StatusLine
from spinegrader.gui.panels.unsaved_bar import UnsavedBar
from spinegrader.gui.project_commands import ProjectCommands
from spinegrader.gui.recent_menu import RecentMenu
from spinegrader.gui.reports.report_commands import ReportCommands
from spinegrader.gui.saving import Saving
from spinegrader.gui.theme import THEME_NAMES
from spinegrader.gui.theme_follower import ThemeFollower
from spinegrader.gui.training_commands import TrainingCommands
from spinegrader.gui.undo_commands import UndoCommands
from spinegrader.gui.window_choices import WindowChoices
from spinegrader.gui.workbench import Workbench
from spinegrader.services.deidentifying import asks_for_deidentification
from spinegrader.services.import_report import ImportReport
from spinegrader.services.importing import asks_for_links
from spinegrader.services.places import Place
from spinegrader.services.settings import Settings, Theme
from spinegrader.services.untrusted import close_sandboxes
from spinegrader.texts import translate

if TYPE_CHECKING:
    from spinegrader.gui.read_page import ReadPage
    from spinegrader.gui.review.review_page import ReviewPage
    from spinegrader.gui.training.models_page import ModelsPage
    from spinegrader.gui.workspaces import Workspaces

_PAGES = ("page_read", "page_review", "page_models")


class MainWindow(QMainWindow):
    """Frame, menus and pages; knows whom to ask, decides nothing."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setWindowTitle("SpineGrader")
        self.resize(1440, 900)
        self.workbench = Workbench(settings, self)
        self.saving = Saving(self.workbench, self)
        self.projects = ProjectCommands(self.workbench, self, self.saving.may_leave)
        self.reports = ReportCommands(self.workbench, self)
        self.undoing = UndoCommands(self.workbench, self._go_to, self)
        self.imports = ImportCommands(self.workbench, self, self.projects.ask_new)
        self.detecting = DetectingCommands(self.workbench, self, self._is_placing)
        self.choices = WindowChoices(self.workbench, self)
        self.training = TrainingCommands(self.workbench, lambda: self.models_page, self)
        ThemeFollower(self.workbench, self)
        self.setAcceptDrops(True)
        self.banner = ErrorBanner()
        self.unsaved_bar = UnsavedBar(self.workbench)
        self.import_notices = ImportNotices(self.imports)
        self.welcome = WelcomePage()
        self.opening = QLabel(translate("Opening the project…"))
        self.opening.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.status_line = StatusLine(self.workbench)
        self.pages = QStackedWidget()
        self.window_actions = make_actions(
            WINDOW_ACTIONS, self._handlers(), self, Qt.ShortcutContext.WindowShortcut
        )
        tabs = [self.window_actions[name] for name in _PAGES]
        self.head = HeadBar(self.workbench, tabs)
        self._lay_out(tabs)
        self._make_menus()
        self._connect()
        self._on_project()
        if settings.window_geometry:
            self.restoreGeometry(QByteArray.fromBase64(settings.window_geometry.encode()))

    def _lay_out(self, tabs: list[QAction]) -> None:
        group = QActionGroup(self)
        for action in tabs:
            action.setCheckable(True)
            group.addAction(action)
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.opening)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.unsaved_bar)
        column.addWidget(self.banner)
        column.addWidget(self.import_notices)
        column.addWidget(self.pages, 1)
        self._column = column
        column.addWidget(self.status_line)
        self.setCentralWidget(centre)

    def _make_menus(self) -> None:
        self._menus = make_menus(self.menuBar(), self.window_actions)
        theme_menu = self._menus[VIEW].add_submenu(translate("&Theme"))
        themes = QActionGroup(self)
        self._theme_actions: dict[Theme, QAction] = {}
        for theme in Theme:
            action = theme_menu.addAction(translate(THEME_NAMES[theme]))
            action.setCheckable(True)
            action.triggered.connect(
                lambda _=False, theme=theme: self.workbench.change_settings(theme=theme)
            )
            themes.addAction(action)
            self._theme_actions[theme] = action
        recent = RecentMenu(self.workbench, self)
        recent.chosen.connect(self.projects.open)
        # Before the demo project: behind “Open project…”.
        self._menus[PROJECT].insertMenu(self.window_actions["demo_project"], recent)
        self._apply_settings(self.workbench.settings)

    def _apply_settings(self, settings: Settings) -> None:
        self._theme_actions[settings.theme].setChecked(True)
        self.window_actions["hide_identity"].setChecked(settings.identity_hidden)
        apply_keys(self.window_actions, settings)
        if "workspaces" in self.__dict__:
            apply_keys(self.read_page.actions_by_id, settings)

    def _connect(self) -> None:
        bench = self.workbench
        bench.failed.connect(self.banner.present)
        bench.saved.connect(lambda _: self.banner.dismiss_not_saved())
        bench.project_opening.connect(self._make_workspaces)
        bench.project_changed.connect(self._on_project)
        bench.settings_changed.connect(self._apply_settings)
        for signal in (bench.changed, bench.study_changed, bench.settings_changed):
            signal.connect(self._refresh_actions)
        self.unsaved_bar.try_again_requested.connect(self.saving.try_again)
        self.unsaved_bar.discard_requested.connect(self.saving.discard)
        self.projects.making_demo.connect(self.welcome.show_making_demo)
        self.welcome.demo_requested.connect(self.projects.open_demo)
        self.welcome.open_requested.connect(self.projects.ask_open)
        self.welcome.import_requested.connect(self.imports.ask_folder)
        self.imports.finished.connect(self._on_import)
        self.welcome.recent_requested.connect(lambda folder: self.projects.open(Path(folder)))
        self.status_line.show_training_requested.connect(lambda: self.show_page("page_models"))
        bench.job_changed.connect(self._refresh_actions)
        bench.evaluation_report_requested.connect(self.reports.ask_evaluation_file)
        self.import_notices.left.connect(self._focus_page)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        return {
            "new_project": self.projects.ask_new,
            "open_project": self.projects.ask_open,
            "demo_project": self.projects.open_demo,
            "import_folder": self.imports.ask_folder,
            "import_files": self.imports.ask_files,
            "import_mask": self.imports.ask_mask,
            "find_vertebrae": self.detecting.look_at_study,
            "find_all_vertebrae": self.detecting.look_at_all,
            "import_report": self.imports.show_report,
            "same_person": self.imports.same_person.look,
            "deidentify_on_import": lambda: self._set_import_option(
                "deidentify_on_import", self.imports.set_deidentify
            ),
            "link_on_import": lambda: self._set_import_option(
                "link_on_import", self.imports.set_link
            ),
            "deidentify_folder": self.imports.deidentify_folder,
            "export_csv": self.projects.ask_export,
            "export_measures": self.projects.ask_export_measures,
            "report": self.reports.ask,
            "report_evaluation": self.reports.ask_evaluation,
            "close_project": self._close_project,
            "quit": self.close,
            "undo": self.undoing.undo,
            "redo": self.undoing.redo,
            "gradings": self.choices.ask_gradings,
            "protocol": self.choices.ask_protocol,
            "repeats": self.choices.ask_repeats,
            "reader": self.choices.ask_reader,
            "settings": self.choices.show_settings,
            "page_read": lambda: self.show_page("page_read"),
            "page_review": lambda: self.show_page("page_review"),
            "page_models": lambda: self.show_page("page_models"),
            "agreement": self._show_agreement,
            "adjudicate": lambda: self._show_agreement(adjudicate=True),
            "changes": self._show_changes,
            "hide_identity": self._hide_identity,
            "pretrain": lambda: self._ask_training("pretrain"),
            "finetune": lambda: self._ask_training("finetune"),
            "predict": lambda: self._ask_training("predict"),
            "retrain": lambda: self._ask_training("retrain"),
            "evaluate": lambda: self._ask_training("evaluate"),
            "learning_curve": lambda: self._ask_training("learning_curve"),
            "compare_models": self.training.compare_models,
            "import_model": self.training.import_model,
            "pause_training": self.training.pause_or_go_on,
            "stop_training": self.training.stop,
            "cancel_training": self.training.ask_cancel,
            "keys": self.choices.show_keys,
            "about": self.choices.show_about,
        }

    # -- pages ------------------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """Brings a workspace to the front: page_read, page_review or page_models."""
        if not self.workbench.has_session:
            return
        self.window_actions[name].setChecked(True)
        self.pages.setCurrentWidget(self.workspaces.by_action[name])
        if name == "page_review":
            self.workspaces.predicted.dismiss()
        mode = "assisted" if name == "page_review" else "blinded"
        self.head.show_mode(mode, shows_study=name == "page_read")

    @cached_property
    def workspaces(self) -> "Workspaces":
        """The workspaces, made when they are asked for first."""
        from spinegrader.gui.workspaces import Workspaces

        made = Workspaces(self.workbench)
        for page in made.by_action.values():
            self.pages.addWidget(page)
        add_read_actions(self._menus, made.read.actions_by_id)
        apply_keys(made.read.actions_by_id, self.workbench.settings)
        images = self._menus[IMAGES]
        for menu in (ColouringMenu(self.workbench, images), LayoutMenu(self.workbench, images)):
            images.addMenu(menu)
        made.read.import_requested.connect(self.imports.ask_folder)
        made.read.images_area.pointer_text.connect(self.status_line.set_pointer_text)
        made.read.viewer.mode_changed.connect(lambda _: self.detecting.bring_held())
        made.models.status_changed.connect(self.status_line.set_training_text)
        made.predicted.review_requested.connect(lambda: self.show_page("page_review"))
        self.workbench.discs_predicted.connect(self._offer_review)
        for notice in made.notices:
            notice.left.connect(self._focus_page)
            self._column.insertWidget(self._column.indexOf(self.pages), notice)
        made.review.strip.more_requested.connect(self._show_agreement)
        made.review.jump_wanted.connect(self._jump)
        return made

    def _offer_review(self, discs: int) -> None:
        if self.pages.currentWidget() is not self.review_page:
            self.workspaces.predicted.tell(discs)

    def _on_import(self, report: ImportReport) -> None:
        if not self.workbench.study_uid:
            self.projects.select_first_of(report.studies)
        self.detecting.look_after_import(report)
        self._refresh_actions()

    def _is_placing(self) -> bool:
        return "workspaces" in self.__dict__ and self.read_page.images.is_placing

    def _hide_identity(self) -> None:
        hidden = self.window_actions["hide_identity"].isChecked()
        self.workbench.change_settings(identity_hidden=hidden)

    def _set_import_option(self, name: str, choose: Callable[[bool], None]) -> None:
        choose(self.window_actions[name].isChecked())
        # Where the choice was refused, the tick goes back.
        self._refresh_actions()

    def _focus_page(self) -> None:
        page = self.pages.currentWidget()
        if self.workbench.has_session and page is self.read_page:
            self.read_page.viewer.setFocus(Qt.FocusReason.OtherFocusReason)
        elif page is not None:
            page.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- what is dropped --------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Takes files and folders."""
        if event.mimeData().hasUrls() and _local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Imports what was dropped."""
        event.acceptProposedAction()
        paths = _local_paths(event.mimeData())
        # Behind the drop: a question that is asked within it would hold up the file manager.
        QTimer.singleShot(0, self, lambda: self.imports.take(paths))

    def _make_workspaces(self) -> None:
        _ = self.workspaces

    @property
    def read_page(self) -> "ReadPage":
        """The workspace Read."""
        return self.workspaces.read

    @property
    def review_page(self) -> "ReviewPage":
        """The workspace Review."""
        return self.workspaces.review

    @property
    def models_page(self) -> "ModelsPage":
        """The workspace Models."""
        return self.workspaces.models

    def announce_opening(self) -> None:
        """Says that a project is about to open, in place of the ways in."""
        self.pages.setCurrentWidget(self.opening)

    def open_at_start(self, project: Path) -> None:
        """Opens the project that the program was started with."""
        if not self.projects.open(project):
            self.pages.setCurrentWidget(self.welcome)

    def _on_project(self) -> None:
        if self.workbench.has_session:
            self.show_page("page_read")
        else:
            self.welcome.show_recent(self.workbench.settings)
            self.pages.setCurrentWidget(self.welcome)
        self.banner.dismiss()
        self.import_notices.clear()
        self.head.refresh()
        self._refresh_actions()

    def _refresh_actions(self, *_: object) -> None:
        has_session = self.workbench.has_session
        for name in NEED_PROJECT:
            self.window_actions[name].setEnabled(has_session)
        self.window_actions["import_report"].setEnabled(self.imports.has_report)
        self.window_actions["find_vertebrae"].setEnabled(bool(self.workbench.study_uid))
        for name, asks in (
            ("deidentify_on_import", asks_for_deidentification),
            ("link_on_import", asks_for_links),
        ):
            self.window_actions[name].setChecked(has_session and asks(self.workbench.session))
        # What is de-identified can't stay in its files.
        hides = self.window_actions["deidentify_on_import"].isChecked()
        self.window_actions["link_on_import"].setEnabled(has_session and not hides)
        self.training.show_state(self.window_actions)
        self.undoing.name(self.window_actions)

    def _go_to(self, place: Place) -> None:
        """Shows a change: a grade in Review stays in Review, all else is shown in Read."""
        in_review = self.pages.currentWidget() is self.review_page
        if not in_review or place.item is None:
            self.show_page("page_read")
        self.workbench.go_to(place)
        if in_review:
            self.review_page.go_to(place)

    def _show_agreement(self, *, adjudicate: bool = False) -> None:
        from spinegrader.gui.agreement.opening import open_agreement

        shown, is_new = open_agreement(self.workbench, self)
        if is_new:
            shown.read_requested.connect(lambda place: self._show_place("page_read", place))
            shown.review_requested.connect(lambda place: self._show_place("page_review", place))
        if adjudicate:
            shown.show_adjudication()

    def _show_changes(self) -> None:
        from spinegrader.gui.agreement.opening import open_changes

        in_review = self.pages.currentWidget() is self.review_page
        row = self.review_page.focused_row if in_review else None
        study_uid = self.workbench.study_uid if row is None else row.study_uid
        open_changes(self.workbench, self, study_uid)

    def _show_place(self, page: str, place: Place) -> None:
        self.show_page(page)
        self._go_to(place)

    def _jump(self, place: Place) -> None:
        """Shows a disc of the table in Review on all its images."""
        self.show_page("page_read")
        self.workbench.go_to(place)

    def _ask_training(self, kind: str) -> None:
        from spinegrader.gui.training.start_dialog import JobKind

        dialog = self.models_page.open_dialog(JobKind(kind))
        # A prediction leaves no run that could be watched there.
        if dialog is not None and kind != JobKind.PREDICT:
            dialog.started.connect(lambda _: self.show_page("page_models"))

    # -- closing ----------------------------------------------------------------------------

    def _close_project(self) -> None:
        question = translate("Stop and close the project?")
        if self.saving.may_leave() and self._may_stop_jobs(question):
            self.workbench.close_session()

    def _may_stop_jobs(self, question: str) -> bool:
        from spinegrader.gui.leaving import may_stop_jobs

        return may_stop_jobs(self.workbench, question, self)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stops what runs, keeps the place of the window, lets the project go."""
        if not self.saving.may_leave() or not self._may_stop_jobs(translate("Stop and close?")):
            event.ignore()
            return
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        self.workbench.change_settings(window_geometry=geometry)
        self.workbench.attempt(self.workbench.close_session)
        close_sandboxes()
        event.accept()


def _local_paths(data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
