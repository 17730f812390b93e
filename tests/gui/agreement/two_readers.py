"""Studies that two readers have graded, and the window that compares them."""

import numpy as np

from spinegrader.domain.edits import EditGroup
from spinegrader.domain.grades import Answer
from spinegrader.services import reading
from spinegrader.services.demo import SIMULATED_READER

OTHER = "Dr. Berger"
STUDIES = 6


def read_likewise(session, reader, studies, seed=0, share=0.3):
    """Reads studies as the simulated reader did, now and then one step higher."""
    rng = np.random.default_rng(seed)
    session.reader = reader
    edits = []
    for study_uid in studies:
        known = {
            (grade.key.disc, grade.key.grading): grade.value
            for grade in session.state.grades_of_study(study_uid)
            if (grade.key.reader, grade.key.reading) == (SIMULATED_READER, 1)
        }
        for item in reading.items_of(session, study_uid):
            value = known[item.disc, item.grading]
            most = session.scheme.grading(item.grading).values[-1]
            if rng.random() < share:
                value = min(value + 1, most)
            edits.append(reading.grade_edit(session, study_uid, item, Answer.GRADED, value))
    session.apply(EditGroup("Read by the simulated reader", tuple(edits)))
    session.reader = SIMULATED_READER


def compare(qtbot, window, kind):
    """The pane with all figures of a comparison."""
    pane = window.agreement
    pane.sides.choose(kind)
    qtbot.waitUntil(lambda: not pane.is_busy, timeout=30_000)
    return pane
