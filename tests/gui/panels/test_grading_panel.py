"""Grading by digits and clicks; what is asserted is what the project keeps."""

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import AddPredictions
from spinegrader.domain.grades import Answer
from spinegrader.domain.predictions import Prediction
from spinegrader.gui.panels.grading_panel import GradingPanel
from spinegrader.services import reading
from spinegrader.services.reading import Item

STUDY = "1.2.1"
T12_L1, L1_L2 = DiscLevel.parse("T12/L1"), DiscLevel.parse("L1/L2")


@pytest.fixture
def panel(qtbot, workbench) -> GradingPanel:
    made = GradingPanel(workbench)
    qtbot.addWidget(made)
    made.resize(340, 600)
    made.show()
    workbench.select_study(STUDY)
    return made


def kept(session) -> dict[tuple[str, str], tuple[Answer, int | None]]:
    """Disc and grading -> answer and value, of the study."""
    return {
        (str(grade.key.disc), grade.key.grading): (grade.answer, grade.value)
        for grade in session.state.grades_of_study(STUDY)
    }


def test_a_study_is_graded_with_digits_alone(qtbot, workbench, panel, reopened) -> None:
    digits = {
        "pfirrmann": 3,
        "narrowing": 2,
        "central_stenosis": 0,
        "endplate_upper": 1,
        "endplate_lower": 0,
    }
    finished: list[str] = []
    panel.study_finished.connect(finished.append)
    for number in range(30):
        assert not finished, number
        panel.enter_digit(digits[workbench.item.grading])
    assert finished == [STUDY]
    assert panel.progress.text() == "30/30"
    grades = kept(reopened())
    assert len(grades) == 30
    assert {key: value for key, (_, value) in grades.items()} == {
        (str(disc), grading): digit
        for disc in ("T12/L1", "L1/L2", "L2/L3", "L3/L4", "L4/L5", "L5/S1")
        for grading, digit in digits.items()
    }


def test_the_focus_moves_on_disc_by_disc(workbench, panel) -> None:
    assert workbench.item == Item(T12_L1, "pfirrmann")
    for digit in (1, 0, 0, 0, 0):
        panel.enter_digit(digit)
    assert workbench.item == Item(L1_L2, "pfirrmann")
    assert panel.disc_name.text() == "L1/L2"


def test_a_digit_that_the_grading_lacks_changes_nothing(qtbot, workbench, panel) -> None:
    with qtbot.waitSignal(workbench.notified, timeout=500) as notice:
        panel.enter_digit(9)
    assert notice.args == ["Pfirrmann has the grades 1, 2, 3, 4, 5."]
    assert kept(workbench.session) == {}
    assert workbench.item == Item(T12_L1, "pfirrmann")


def test_a_click_answers_its_own_grading(qtbot, workbench, panel) -> None:
    button = panel.rows["central_stenosis"].buttons[2]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert kept(workbench.session) == {("T12/L1", "central_stenosis"): (Answer.GRADED, 2)}
    assert button.isChecked()
    assert not panel.rows["central_stenosis"].buttons[0].isChecked()
    assert workbench.item == Item(T12_L1, "endplate_upper")


def test_a_second_click_on_the_answer_keeps_it(qtbot, workbench, panel) -> None:
    button = panel.rows["pfirrmann"].buttons[4]
    for _ in range(2):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.isChecked()
    assert kept(workbench.session)["T12/L1", "pfirrmann"] == (Answer.GRADED, 4)


def test_unsure_and_not_assessable_are_answers_without_a_label(workbench, panel) -> None:
    panel.answer_unsure()
    panel.answer_not_assessable()
    assert kept(workbench.session) == {
        ("T12/L1", "pfirrmann"): (Answer.UNSURE, None),
        ("T12/L1", "narrowing"): (Answer.NOT_ASSESSABLE, None),
    }
    assert panel.progress.text() == "2/30"


def test_unsure_keeps_a_value_that_was_given(workbench, panel) -> None:
    panel.enter_digit(4)
    panel.step(-1)
    panel.answer_unsure()
    assert kept(workbench.session)["T12/L1", "pfirrmann"] == (Answer.UNSURE, 4)


def test_backspace_takes_back_what_was_typed_last(workbench, panel) -> None:
    panel.enter_digit(4)
    panel.enter_digit(1)
    panel.take_back()
    assert kept(workbench.session) == {("T12/L1", "pfirrmann"): (Answer.GRADED, 4)}
    assert workbench.item == Item(T12_L1, "narrowing")
    panel.take_back()
    assert kept(workbench.session) == {}
    assert workbench.item == Item(T12_L1, "pfirrmann")
    panel.take_back()
    assert kept(workbench.session) == {}


def test_undo_and_redo_are_reflected(workbench, panel) -> None:
    panel.enter_digit(5)
    workbench.session.undo()
    assert not any(button.isChecked() for button in panel.rows["pfirrmann"].buttons.values())
    assert panel.progress.text() == "0/30"
    workbench.session.redo()
    assert panel.rows["pfirrmann"].buttons[5].isChecked()


def test_steps_leave_items_open_and_stop_at_the_ends(workbench, panel) -> None:
    panel.step(-1)
    assert workbench.item == Item(T12_L1, "pfirrmann")
    panel.step(6)
    assert workbench.item == Item(L1_L2, "narrowing")
    panel.step(100)
    assert workbench.item == reading.items_of(workbench.session, STUDY)[-1]
    assert kept(workbench.session) == {}


def test_time_is_measured_from_the_focus(workbench, panel, qtbot) -> None:
    qtbot.wait(250)
    panel.step(1)
    qtbot.wait(120)
    panel.enter_digit(1)
    (grade,) = workbench.session.state.grades_of_study(STUDY)
    assert 0.1 <= grade.seconds < 0.25


def test_correcting_a_finished_study_does_not_finish_it_again(workbench, panel) -> None:
    finished: list[str] = []
    panel.study_finished.connect(finished.append)
    for _ in range(30):
        panel.enter_digit(1)
    workbench.select_item(Item(T12_L1, "pfirrmann"))
    panel.enter_digit(5)
    assert finished == [STUDY]
    assert workbench.item == Item(T12_L1, "narrowing")


def test_tells_what_grades_mean_and_who_answered_when(qtbot, workbench, panel) -> None:
    assert panel.note.meaning.text().startswith("Pfirrmann: press 1 to 5")
    panel.rows["pfirrmann"].buttons[5].hovered.emit(True)
    assert panel.note.meaning.text() == "Pfirrmann 5 V: Black, disc space collapsed."
    panel.rows["pfirrmann"].buttons[5].hovered.emit(False)
    before = datetime.now(UTC).astimezone()
    panel.enter_digit(3)
    panel.step(-1)
    assert panel.note.meaning.text().startswith("Pfirrmann 3 III: Grey nucleus")
    now = datetime.now(UTC).astimezone()
    assert panel.note.origin.text() in {f"you, today {at:%H:%M}, blinded" for at in (before, now)}


def test_predictions_change_nothing_here(workbench, panel) -> None:
    before = panel.grab().toImage()
    prediction = Prediction(
        "p1",
        STUDY,
        f"{STUDY}.1",
        T12_L1,
        "pfirrmann",
        (1, 2, 3, 4, 5),
        (0, 0, 0, 0.9, 0.1),
        "run",
        "hash",
        datetime.now(UTC),
    )
    workbench.session.apply(AddPredictions((prediction,)))
    assert panel.grab().toImage() == before
    panel.enter_digit(3)
    (grade,) = workbench.session.state.grades_of_study(STUDY)
    assert not grade.prediction_visible


def test_follows_the_gradings_that_the_project_asks(workbench, panel) -> None:
    reading.ask_gradings(workbench.session, ["herniation", "pfirrmann"])
    assert list(panel.rows) == ["herniation", "pfirrmann"]
    assert panel.progress.text() == "0/12"
    panel.enter_digit(2)
    assert ("T12/L1", "pfirrmann") in kept(workbench.session)


def test_a_grading_no_longer_asked_loses_the_focus(workbench, panel) -> None:
    reading.ask_gradings(workbench.session, ["herniation"])
    assert workbench.item == Item(T12_L1, "herniation")


def test_a_study_without_sagittal_images_takes_no_answers(workbench, panel) -> None:
    workbench.select_study("1.2.4")
    workbench.select_item(Item(T12_L1, "pfirrmann"))
    panel.enter_digit(3)
    panel.answer_unsure()
    assert list(workbench.session.state.grades_of_study("1.2.4")) == []
    assert panel.empty.isVisible()
    assert "no sagittal series" in panel.empty.text


def test_keys_do_nothing_without_study_or_project(qtbot, workbench, panel) -> None:
    workbench.close_session()
    panel.enter_digit(3)
    panel.answer_unsure()
    panel.answer_not_assessable()
    panel.take_back()
    panel.step(1)
    assert panel.empty.isVisible()


def test_every_control_has_a_name_and_labels_are_never_cut(panel) -> None:
    for row in panel.rows.values():
        assert row.accessibleName()
        for button in row.buttons.values():
            assert button.accessibleName()
            assert button.toolTip()
            assert button.width() >= button.sizeHint().width()
            assert button.font().pointSizeF() >= 10


def test_an_answer_that_could_not_be_written_stays_in_sight_as_not_saved(
    qtbot, workbench, panel
) -> None:
    """The journal is closed below the window, as if its disk were gone."""
    workbench.session.store.close(compact=False)
    with qtbot.waitSignal(workbench.unsaved_changed, timeout=500):
        panel.enter_digit(3)
    assert workbench.item != Item(T12_L1, "pfirrmann")
    row = panel.rows["pfirrmann"]
    assert row.buttons[3].isChecked()
    assert row.accessibleName() == "Pfirrmann: 3 III, not saved"
    assert "not saved" in " ".join(label.text() for label in row.findChildren(QLabel))
    assert panel.progress.text() == "1/30"
    workbench.session.discard_unsaved()
    assert not row.buttons[3].isChecked()
    assert row.accessibleName() == "Pfirrmann: open"
    assert panel.progress.text() == "0/30"


def test_the_keys_named_are_those_in_force(workbench, panel):
    assert "U if unsure" in panel.note.meaning.text()
    workbench.change_settings(keys={"unsure": ("Y",)})
    assert "Y if unsure" in panel.note.meaning.text()
    assert panel.buttons.by_action["unsure"].text().endswith("Y")
