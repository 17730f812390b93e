"""Who agrees with whom: figures, cells, sums."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from spinegrader.domain.grades import Answer
from spinegrader.gui.agreement.figures_view import FigureColumn
from spinegrader.gui.agreement.sides_bar import Kind
from spinegrader.services import reading, repeats, sight
from spinegrader.services.agreement import Pairing, Side
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.progress import done_studies
from spinegrader.services.steps import finished
from spinegrader.services.surveys import is_simulated
from tests.gui.agreement.two_readers import OTHER, STUDIES, compare, read_likewise
from tests.gui.test_review import leave_card, predict


def shown_kappas(pane):
    model = pane.by_grading.figures
    rows = range(model.rowCount())
    return {model.rows[row].key: model.data(model.index(row, FigureColumn.KAPPA)) for row in rows}


def test_two_readers_are_compared_by_grading_and_level(qtbot, opened, window, studies):
    pane = compare(qtbot, window, Kind.READERS)
    expected = finished(Pairing(opened.session, Side(SIMULATED_READER), Side(OTHER)).gather())
    assert pane.sides.sides == (expected.first, expected.second)
    kappas = shown_kappas(pane)
    for item in expected.gradings:
        assert kappas[item.grading.id].startswith(f"{item.figures().weighted_kappa:.2f} (")
    chosen = pane.chosen
    levels = pane.by_level.figures
    assert [row.name for row in levels.rows] == [str(disc) for disc in chosen.discs]
    assert sum(row.discs for row in levels.rows) == len(chosen.pairs)
    assert all(row.found is not None for row in levels.rows)
    assert "Only grades that were given before" in pane.note.text()
    assert is_simulated(opened.session)
    assert "Simulated people." in pane.note.text()


def test_a_click_on_a_cell_lists_its_discs_and_leads_to_one(qtbot, opened, window):
    pane = compare(qtbot, window, Kind.READERS)
    grading = pane.chosen.grading
    pair = next(pair for pair in pane.chosen.pairs if pair.first != pair.second)
    expected = pane.chosen.cell(pair.first, pair.second)
    place = pane.discs.matrix.cell_area(pair.first, pair.second).center().toPoint()
    QTest.mouseClick(pane.discs.matrix, Qt.MouseButton.LeftButton, pos=place)
    assert pane.discs.cell.list.count() == len(expected)
    assert str(expected[0].disc) in pane.discs.cell.list.item(0).text()
    assert f"{OTHER} {pair.second}" in pane.discs.cell.title.text()
    asked = []
    window.read_requested.connect(asked.append)
    pane.discs.cell.list.setFocus()
    QTest.keyClick(pane.discs.cell.list, Qt.Key.Key_Return)
    (where,) = asked
    assert (where.study_uid, where.item.disc) == (expected[0].study_uid, expected[0].disc)
    assert where.item.grading == grading.id
    # Two answers were named: the reader has seen another's grades of these studies.
    assert all(sight.has_seen(opened.session, pair.study_uid) for pair in expected)


def test_the_matrix_is_used_by_keyboard(qtbot, window):
    pane = compare(qtbot, window, Kind.READERS)
    values = pane.chosen.grading.values
    counts = pane.chosen.confusion()
    row, column = next(
        (row, column)
        for row in range(len(values) - 1, -1, -1)
        for column in range(len(values))
        if counts[row][column]
    )
    pane.discs.matrix.setFocus()
    for key, times in ((Qt.Key.Key_Down, row), (Qt.Key.Key_Right, column)):
        for _ in range(times):
            QTest.keyClick(pane.discs.matrix, key)
    QTest.keyClick(pane.discs.matrix, Qt.Key.Key_Return)
    assert pane.discs.cell.list.count() == counts[row][column]


def test_a_level_alone_is_counted(qtbot, window):
    pane = compare(qtbot, window, Kind.READERS)
    disc = pane.chosen.discs[4]
    place = pane.by_level.visualRect(pane.by_level.figures.index(4, 0)).center()
    QTest.mouseClick(pane.by_level.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert pane.discs.level.currentText() == str(disc)
    assert pane.discs.matrix._counts == pane.chosen.confusion(disc)
    assert pane.discs.matrix._counts != pane.chosen.confusion()


def test_sums_are_drawn_and_told(qtbot, window, studies):
    pane = compare(qtbot, window, Kind.READERS)
    pane.tabs.setCurrentIndex(1)
    sums, found = pane.job.sums[pane.chosen.grading.id]
    words = pane.sums.words.text()
    assert f"{len(sums.studies)} studies of" in words
    assert f"Bias {found.bias:+.2f}" in words
    spots = pane.sums._circles.data
    assert int(sum(spots["data"])) == len(sums.studies)
    assert set(spots["y"]) == {
        float(second - first) for first, second in zip(sums.first, sums.second, strict=True)
    }


def test_a_reading_is_compared_with_its_repeat(qtbot, opened, window, studies):
    session = opened.session
    pane = compare(qtbot, window, Kind.REPEATED)
    assert "draw repeat readings" in pane.note.text()
    assert not pane.parts.isVisible()
    repeats.draw_repeats(session, 1.0, 0, seed=1)
    read_likewise(session, SIMULATED_READER, studies[:3], seed=4)
    pane = compare(qtbot, window, Kind.REPEATED)
    assert pane.sides.second.currentText() == "reading 2"
    discs = sum(len(reading.discs_to_grade(session, uid)) for uid in studies[:3])
    assert {row.discs for row in pane.by_grading.figures.rows} == {discs}


def test_a_model_is_compared_with_the_reader(qtbot, opened, window):
    predict(opened.session)
    leave_card(opened.session)
    pane = compare(qtbot, window, Kind.MODEL)
    assert pane.sides.second.currentText().startswith("finetune-")
    assert "–" not in shown_kappas(pane).values()
    assert pane.discs.matrix._sides == (SIMULATED_READER, "model")


def test_what_is_left_out_is_told(qtbot, opened, window):
    # A third reader who has read nothing yet must be told nothing.
    opened.session.reader = "Dr. C"
    window.agreement.reload()
    pane = compare(qtbot, window, Kind.READERS)
    assert "still read blinded" in pane.note.text()
    assert not pane.parts.isVisible()


def test_a_new_grade_is_counted_by_itself(qtbot, opened, window, studies):
    pane = compare(qtbot, window, Kind.READERS)
    before = len(pane.chosen.pairs)
    more = done_studies(opened.session)[STUDIES]
    read_likewise(opened.session, OTHER, [more])
    discs = len(reading.discs_to_grade(opened.session, more))
    qtbot.waitUntil(lambda: not pane.is_busy and len(pane.chosen.pairs) == before + discs)


def test_closing_it_stops_what_is_computed(qtbot, opened, window):
    pane = window.agreement
    pane.sides.choose(Kind.READERS)
    window.hide()
    assert not pane.is_busy
    qtbot.waitUntil(lambda: not opened.quick_lane.is_busy)
    assert pane.job.figures == {}
    window.show()
    assert compare(qtbot, window, Kind.READERS).job.figures


def click_a_cell(pane):
    """Lists the discs of a cell off the diagonal."""
    pair = next(pair for pair in pane.chosen.pairs if pair.first != pair.second)
    place = pane.discs.matrix.cell_area(pair.first, pair.second).center().toPoint()
    QTest.mouseClick(pane.discs.matrix, Qt.MouseButton.LeftButton, pos=place)


def test_identity_is_hidden_in_the_list_at_once(opened, qtbot, window):
    pane = compare(qtbot, window, Kind.READERS)
    click_a_cell(pane)
    person = opened.session.state.studies[pane.discs.cell.chosen.study_uid].patient_id
    assert person in pane.discs.cell.list.item(0).text()
    opened.change_settings(identity_hidden=True)
    assert person not in pane.discs.cell.list.item(0).text()
    assert "Patient" in pane.discs.cell.list.item(0).text()


def test_another_reader_sees_nothing_of_what_the_one_before_compared(qtbot, opened, window):
    pane = compare(qtbot, window, Kind.READERS)
    click_a_cell(pane)
    window.show_adjudication()
    opened.change_reader("Dr. C")
    window.tabs.setCurrentIndex(0)
    assert not pane.parts.isVisible()
    assert pane.discs.cell.list.count() == 0
    qtbot.waitUntil(lambda: "still read blinded" in pane.note.text())


def test_looking_anew_lets_no_figure_wait_for_ever(qtbot, window):
    pane = compare(qtbot, window, Kind.READERS)
    expected = shown_kappas(pane)
    pane.job.forget()
    pane._compute()
    # Before any figure is there.
    pane.reload()
    qtbot.waitUntil(lambda: not pane.is_busy, timeout=30_000)
    assert shown_kappas(pane) == expected


def test_an_answer_is_counted_by_itself_without_looking_at_all_studies(qtbot, opened, window):
    pane = compare(qtbot, window, Kind.READERS)
    session, pair = opened.session, next(p for p in pane.chosen.pairs if p.first != p.second)
    item = reading.Item(pair.disc, pane.chosen.grading.id)
    pairing, before = pane.runner.pairing, pane.chosen.confusion()
    reading.answer(session, pair.study_uid, item, Answer.GRADED, pair.second)
    qtbot.waitUntil(lambda: not pane.is_busy, timeout=30_000)
    values = pane.chosen.grading.values
    row, column = values.index(pair.first), values.index(pair.second)
    assert pane.chosen.confusion()[column][column] == before[column][column] + 1
    assert pane.chosen.confusion()[row][column] == before[row][column] - 1
    assert pane.runner.pairing is pairing
