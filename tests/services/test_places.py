"""Where a change is, and what undoing it is called."""

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import EditGroup
from spinegrader.domain.grades import Answer
from spinegrader.services import annotating, reading
from spinegrader.services.places import Place, place_of, undo_words

STUDY = "1.2.11"
ITEM = reading.Item(DiscLevel.parse("L4/L5"), "pfirrmann")


def words(session, in_front=STUDY, *, hidden=False):
    return undo_words(session, session.next_undo, in_front, identity_hidden=hidden)


def test_a_grade_is_at_its_disc(overlaid):
    reading.answer(overlaid, STUDY, ITEM, Answer.GRADED, 2)
    here = Place(STUDY, f"{STUDY}.1", item=ITEM)
    assert place_of(overlaid.next_undo, overlaid.state) == here
    overlaid.undo()
    assert place_of(overlaid.next_redo, overlaid.state) == here
    group = EditGroup("Accept predictions", (overlaid.next_redo,))
    assert place_of(group, overlaid.state) == here


def test_vertebrae_are_on_their_series_at_the_first_that_changed(overlaid):
    series = f"{STUDY}.1"
    vertebra = overlaid.state.overlay(series).vertebra(VertebraLevel.L4)
    annotating.replace_vertebra(overlaid, series, vertebra.moved((0.0, 3.0, 0.0)))
    place = place_of(overlaid.next_undo, overlaid.state)
    assert (place.series_uid, place.level) == (series, VertebraLevel.L4)
    annotating.remove_vertebra(overlaid, series, VertebraLevel.L2)
    assert place_of(overlaid.next_undo, overlaid.state).level == VertebraLevel.L2
    annotating.confirm(overlaid, series)
    assert place_of(overlaid.next_undo, overlaid.state).level is None


def test_a_setting_is_nowhere(session):
    reading.ask_gradings(session, ["pfirrmann"])
    assert place_of(session.next_undo, session.state) is None
    assert place_of(None, session.state) is None
    assert words(session) == "Change project setting"


def test_a_change_elsewhere_says_whose_it_is_unless_that_is_hidden(session):
    assert words(session) is None
    reading.answer(session, STUDY, ITEM, Answer.GRADED, 2)
    assert words(session) == "Grade L4/L5"
    assert words(session, "1.2.21") == "Grade L4/L5 (Name^P1 2015-02-01)"
    assert words(session, "1.2.21", hidden=True) == "Grade L4/L5"
