"""The pictures of agreement, adjudication and change over time."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QWidget

from spinegrader.domain.edits import EditGroup
from spinegrader.domain.grades import Answer
from spinegrader.gui.agreement.change_window import ChangeWindow
from spinegrader.gui.agreement.sides_bar import Kind
from spinegrader.gui.agreement.window import AgreementWindow
from spinegrader.services.progress import done_studies
from spinegrader.services.reading import grade_edit, items_of

if TYPE_CHECKING:
    from tools.make_pictures import Photographer

_SECOND_READER = "Dr. Berger"
_SHARE_OTHERWISE = 0.2


class AgreementPictures:
    """Lets a second reader read the demo project, and keeps what the windows show."""

    def __init__(self, photographer: "Photographer") -> None:
        self._by = photographer
        self._window = photographer.window
        self._bench = photographer.window.workbench

    def make_all(self) -> None:
        """Every picture."""
        self._read_again()
        self._window.window_actions["agreement"].trigger()
        shown = self._window.findChildren(AgreementWindow)[0]
        pane = shown.agreement
        for kind in (Kind.MODEL, Kind.READERS):
            pane.sides.choose(kind)
            self._by.live(0.5, lambda: not pane.is_busy)
        chosen = pane.chosen
        if chosen is not None:
            pair = next(pair for pair in chosen.pairs if pair.first != pair.second)
            pane.discs.matrix.cell_clicked.emit(pair.first, pair.second)
        self._keep(shown, "agreement")
        pane.tabs.setCurrentIndex(1)
        self._keep(shown, "agreement-sums")
        shown.show_adjudication()
        settling = shown.adjudication
        self._by.live(0.5, lambda: settling.focused is not None)
        for _ in range(3):
            case = settling.focused
            settling.grade(case.answers[0].value or 0 if case is not None else 0)
        self._keep(shown, "adjudication")
        shown.close()
        self._change()

    def _read_again(self) -> None:
        """As the simulated reader did, now and then one step higher."""
        session, rng = self._bench.session, np.random.default_rng(3)
        first = session.reader
        for study_uid in done_studies(session):
            known = {
                (grade.key.disc, grade.key.grading): grade.value
                for grade in session.state.grades_of_study(study_uid)
            }
            session.reader = _SECOND_READER
            edits = []
            for item in items_of(session, study_uid):
                value = known[item.disc, item.grading]
                most = session.scheme.grading(item.grading).values[-1]
                if value is not None and rng.random() < _SHARE_OTHERWISE:
                    value = min(value + 1, most)
                edits.append(grade_edit(session, study_uid, item, Answer.GRADED, value))
            session.apply(EditGroup("Read by the simulated reader", tuple(edits)))
            session.reader = first

    def _change(self) -> None:
        session = self._bench.session
        done = done_studies(session)
        followed = next(
            uid
            for uid in done
            if len(visits := session.state.studies_of(session.state.studies[uid].patient_id)) > 1
            and all(visit.uid in done for visit in visits)
        )
        self._bench.select_study(followed)
        self._window.window_actions["changes"].trigger()
        shown = self._window.findChildren(ChangeWindow)[0]
        self._by.live(0.5, lambda: not shown.plots.is_drawing)
        self._keep(shown, "change-over-time")
        shown.close()

    def _keep(self, shown: QWidget, name: str) -> None:
        for theme in ("light", "dark"):
            self._by.apply_theme(theme)
            self._by.live(0.4)
            shown.grab().save(str(self._by.out / f"{name}-{theme}.png"))
