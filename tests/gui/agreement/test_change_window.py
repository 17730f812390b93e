"""Grades of a person over all visits."""

import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt

from spinegrader.domain.grades import Answer
from spinegrader.gui.agreement.change_window import ChangeWindow
from spinegrader.gui.theme import apply_theme
from spinegrader.services import reading
from spinegrader.services.changes_over_time import Source
from spinegrader.services.progress import done_studies
from spinegrader.services.settings import Theme
from tests.gui.test_review import predict
from tests.test_main_job import until


@pytest.fixture
def followed_up(opened):
    """A study of somebody with two visits, both read."""
    session = opened.session
    done = set(done_studies(session))
    return next(
        study.uid
        for study in session.state.studies.values()
        if len(visits := session.state.studies_of(study.patient_id)) > 1
        and all(visit.uid in done for visit in visits)
    )


@pytest.fixture
def changes(qtbot, opened, followed_up):
    predict(opened.session)
    opened.select_study(followed_up)
    shown = ChangeWindow(opened)
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitUntil(lambda: not shown.plots.is_drawing)
    return shown


def test_each_disc_has_a_plot_of_its_grades(opened, changes):
    course, name = changes._course, changes.grading.currentData()
    assert list(changes.plots.plots) == list(course.discs)
    for disc, plot in changes.plots.plots.items():
        drawn = sorted(tuple(item.getData()[1]) for item in plot.listDataItems())
        item = reading.Item(disc, name)
        told = [course.answered(item, source) for source in (Source.READER, Source.MODEL)]
        assert drawn == sorted(tuple(grade.value for grade in grades) for grades in told)
        assert len(told[0]) == len(course.visits) == 2
        assert f"your grade {told[0][0].value}" in plot.accessibleName()


def test_reader_and_model_are_told_apart_without_colour(changes):
    plot = next(iter(changes.plots.plots.values()))
    looks = {
        (item.opts["symbol"], pg.mkBrush(item.opts["symbolBrush"]).style())
        for item in plot.listDataItems()
    }
    assert looks == {("o", Qt.BrushStyle.SolidPattern), ("s", Qt.BrushStyle.NoBrush)}


def test_the_table_says_the_same(changes):
    course, name = changes._course, changes.grading.currentData()
    changes.tabs.setCurrentIndex(1)
    assert changes.table.rowCount() == len(course.discs)
    grade = course.answered(reading.Item(course.discs[2], name), Source.READER)[1]
    assert f"your grade {grade.value}" in changes.table.item(2, 1).text()
    assert changes.table.horizontalHeaderItem(0).text() == course.visits[0].day.isoformat()


def test_hidden_identity_hides_patient_and_dates(opened, changes):
    opened.change_settings(identity_hidden=True)
    course = changes._course
    told = changes.title.text() + changes.table.horizontalHeaderItem(0).text()
    told += "".join(plot.accessibleName() for plot in changes.plots.plots.values())
    assert course.person not in told
    assert course.visits[0].day.isoformat() not in told
    assert "Visit 1" in told
    plot = next(iter(changes.plots.plots.values()))
    assert plot.getAxis("bottom").labelText == "years since the first visit"


def test_what_is_still_read_blinded_is_told(qtbot, opened, changes, followed_up):
    session = opened.session
    visits = session.state.studies_of(session.state.studies[followed_up].patient_id)
    reading.take_back(session, visits[0].uid, reading.items_of(session, visits[0].uid)[0])
    assert "1 visit shows your own grades alone" in changes.note.text()
    assert changes._course.visits[0].is_held_back


def test_it_follows_the_study_in_front(opened, changes):
    person = changes._course.person
    other = next(
        study.uid
        for study in opened.session.state.studies.values()
        if opened.session.state.person_of(study.patient_id) != person
    )
    opened.select_study(other)
    assert changes._course.person != person


def test_the_next_patient_is_shown_in_the_same_plots(opened, changes):
    before = dict(changes.plots.plots)
    person = changes._course.person
    state, name = opened.session.state, changes.grading.currentData()
    other = next(uid for uid in done_studies(opened.session) if not_of(state, uid, person))
    opened.select_study(other)
    assert changes.plots.plots == before
    for disc, plot in changes.plots.plots.items():
        drawn = [
            list(values)
            for curve in plot.listDataItems()
            if (values := curve.getData()[1]) is not None and len(values)
        ]
        item = reading.Item(disc, name)
        told = [changes._course.answered(item, source) for source in (Source.MODEL, Source.READER)]
        assert sorted(drawn) == sorted([one.value for one in grades] for grades in told if grades)


def not_of(state, study_uid, person):
    return state.person_of(state.studies[study_uid].patient_id) != person


def test_an_answer_that_is_no_grade_is_in_the_table_alone(opened, changes):
    name, disc = changes.grading.currentData(), changes._course.discs[2]
    visit = changes._course.visits[1].study_uid
    reading.answer(opened.session, visit, reading.Item(disc, name), Answer.NOT_ASSESSABLE)
    assert changes.table.item(2, 1).text().startswith("your grade: not assessable")
    assert "1 answer that is no grade" in changes.note.text()
    grades = [list(curve.getData()[1]) for curve in changes.plots.plots[disc].listDataItems()]
    assert sorted(map(len, grades)) == [1, 2]


def test_plots_follow_the_theme(restored_look, changes):
    plot = next(iter(changes.plots.plots.values()))
    seen = []
    for which in (Theme.LIGHT, Theme.DARK):
        apply_theme(restored_look, which)
        until(lambda: plot.backgroundBrush().color() == restored_look.palette().base().color())
        seen.append(plot.backgroundBrush().color())
    assert seen[0] != seen[1]
