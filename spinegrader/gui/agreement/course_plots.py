"""The plots of a person: one for each disc, over the same time and the same grades."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.scheme import Grading
from spinegrader.gui.agreement.course_plot import CoursePlot
from spinegrader.gui.step_runner import StepRunner
from spinegrader.gui.workbench import Workbench
from spinegrader.services.changes_over_time import Course
from spinegrader.services.steps import Steps

_COLUMNS = 3


class CoursePlots(QWidget):
    """Makes plots one after the other, as each takes its time, and uses them again."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(6)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self._steps = StepRunner(workbench, self)
        self._shows_years = False
        self.plots: dict[DiscLevel, CoursePlot] = {}

    @property
    def is_drawing(self) -> bool:
        """Whether some plots are still to come."""
        return self._steps.is_running

    def show_course(self, course: Course, grading: Grading, *, identity_hidden: bool) -> None:
        """Draws the grades of one grading.

        Args:
            course: Of one person.
            grading: Which grades.
            identity_hidden: Whether years since the first visit stand in the place of dates.
        """
        if identity_hidden != self._shows_years or list(self.plots) != list(course.discs):
            self._clear()
            self._shows_years = identity_hidden
            self._make_room(len(course.discs))
        # What is there shows nobody else's grades meanwhile.
        for plot in self.plots.values():
            plot.show_course(course, grading, identity_hidden=identity_hidden)
        self._steps.run(self._add(course, grading), lambda _: None)

    def _make_room(self, number: int) -> None:
        """Gives plots that are still to come their place, so that nothing moves when they do."""
        rows = -(-number // _COLUMNS)
        for row in range(max(rows, self._grid.rowCount())):
            self._grid.setRowStretch(row, 1 if row < rows else 0)

    def _add(self, course: Course, grading: Grading) -> Steps[None]:
        for at, disc in enumerate(course.discs):
            if disc not in self.plots:
                yield at / len(course.discs)
                plot = CoursePlot(disc, self.palette(), shows_years=self._shows_years)
                plot.show_course(course, grading, identity_hidden=self._shows_years)
                self.plots[disc] = plot
                self._grid.addWidget(plot, at // _COLUMNS, at % _COLUMNS)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follows the theme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            for plot in self.plots.values():
                plot.take_colours(self.palette())

    def _clear(self) -> None:
        for plot in self.plots.values():
            self._grid.removeWidget(plot)
            plot.hide()
            plot.deleteLater()
        self.plots = {}
