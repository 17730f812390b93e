"""Every text of the real window and its dialogs was looked up, but for a short list."""

import re
import shutil
from dataclasses import replace

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.grades import Answer
from spinegrader.domain.numbering import Absence, CountingBasis, Numbering, Transition
from spinegrader.gui.actions import ALL_ACTIONS
from spinegrader.gui.agreement.adjudication_pane import ADJUDICATION_KEYS
from spinegrader.gui.agreement.change_window import ChangeWindow
from spinegrader.gui.agreement.sides_bar import Kind
from spinegrader.gui.agreement.window import AgreementWindow
from spinegrader.gui.dialogs.about import about_html
from spinegrader.gui.dialogs.choose_patient import ChoosePatientDialog
from spinegrader.gui.dialogs.deidentify import DeidentifyDialog
from spinegrader.gui.dialogs.flag import FlagDialog
from spinegrader.gui.dialogs.grade_examples import GradeExamplesDialog
from spinegrader.gui.dialogs.grade_history import GradeHistoryDialog
from spinegrader.gui.dialogs.gradings import GradingsDialog
from spinegrader.gui.dialogs.import_mask import ImportMaskDialog
from spinegrader.gui.dialogs.import_report import ImportReportDialog
from spinegrader.gui.dialogs.key_sheet import sheet_html
from spinegrader.gui.dialogs.measures import MeasuresDialog
from spinegrader.gui.dialogs.numbering import NumberingDialog
from spinegrader.gui.dialogs.protocol import ProtocolDialog
from spinegrader.gui.dialogs.repeats import RepeatsDialog
from spinegrader.gui.dialogs.same_person import SamePersonDialog
from spinegrader.gui.dialogs.settings.dialog import SettingsDialog
from spinegrader.gui.hanging.overlay_menu import OverlayMenu
from spinegrader.gui.keys import keys_in_force
from spinegrader.gui.main_window import MainWindow
from spinegrader.gui.panels.work_list_menu import WorkListMenu
from spinegrader.gui.reports.report_dialog import ReportDialog
from spinegrader.gui.review.review_keys import REVIEW_KEYS
from spinegrader.gui.training.start_dialog import JobKind
from spinegrader.model.runs import read_card
from spinegrader.services import annotating, flags, reading
from spinegrader.services.demo import SIMULATED_READER
from spinegrader.services.detectors import shipped_detector_folder
from spinegrader.services.graders import shipped_grader_folder
from spinegrader.services.progress import done_studies
from spinegrader.services.protocol import reading_protocol
from spinegrader.services.reading import Item
from spinegrader.services.resources import load_scheme
from spinegrader.services.settings import Settings
from spinegrader.services.suggestions import suggestions
from spinegrader.simulate.output.habits import HABITS
from spinegrader.texts import translate
from tests.catalogues import texts_of
from tests.gui.agreement.two_readers import compare, read_likewise
from tests.gui.cohort_project import project
from tests.gui.hanging_project import LATER, T2, opened_window
from tests.gui.panels.conftest import empty_workbench, project_folder
from tests.gui.panels.test_same_person import bench
from tests.gui.shown_texts import MarkedLanguage, shown_texts, unmarked
from tests.gui.test_import_window import cohort, report
from tests.gui.test_review import leave_card, predict
from tests.gui.test_saving import window as full_disk
from tests.store.test_durability import small_disk
from tools.extract_texts import extract

__all__ = [
    "bench",
    "cohort",
    "empty_workbench",
    "full_disk",
    "project",
    "project_folder",
    "report",
    "small_disk",
]

ITEM = Item(DiscLevel.parse("L4/L5"), "pfirrmann")
PEOPLE = (
    r"Poe, Pat|P-1|Dr A|Simulated reader|SIM-\d+|Simulated, \d+",
    r"Arndt, Anna|ARNDT\^ANNA|Berger, Bert",
)
KEYS = (
    r"Ctrl|Alt|Shift|Enter|Return|Esc|Space|Tab|Backspace|Del|Home|End|F\d+|PgUp|PgDown",
    r"Up|Down|Left|Right",
)
SIMULATED = {name for habits in HABITS.values() for name in (habits.study, *habits.series.values())}
SHIPPED = {
    words
    for folder in (shipped_grader_folder(), shipped_detector_folder())
    for card in [read_card(folder)]
    for words in (card.trained_on, *(f"{it.attribution}, {it.licence}" for it in card.sources))
}
LEVELS = r"\b[CTLS]\d{1,2}\b"
EXEMPT = re.compile(
    "|".join(
        (
            LEVELS,
            r"\b(T1|T2|STIR|PD|TR|TE|TI)\b",  # contrasts and timing, as on every scanner
            r"\b(mm|ms|s|min|h|MB)\b",  # units
            rf"\b({'|'.join(PEOPLE)})\b|<b>Other</b>",
            r"The disk is full\.",  # an error of the store: those are English
            r"\bfinetune-[\d-]+",  # folders of runs
            *map(re.escape, SIMULATED),  # what scanners call their series
            r"\b(SpineGrader|PACS|OHIF Viewer|3D Slicer|TotalSpineSeg|SPINEPS|SPIDER)\b",  # names
            rf"\b({'|'.join(KEYS)})\b",
            r"\b\d+ (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b",  # dates, which Qt writes
            r"^Export(\.\.\.)?$",  # in the menu of pyqtgraph's plots
            r"&?\b(OK|Cancel|Close|Press shortcut|Scroll Left|Scroll Right)\b",  # Qt's own
        )
    )
)


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> set[str] | None:
    """What the tool collects for translators; None where GNU gettext is not installed."""
    if shutil.which("xgettext") is None:
        return None
    file = tmp_path_factory.mktemp("texts") / "spinegrader.pot"
    extract(file)
    return texts_of(file)


@pytest.fixture
def language(monkeypatch, tmp_path, template):
    """Marks what is looked up; all of that must be collected for translators, too."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    marked = MarkedLanguage()
    monkeypatch.setattr("spinegrader.texts._Current.catalogue", marked)
    yield marked
    assert len(marked.asked) > 20
    asked = {text for text in marked.asked if re.search(r"[^\W\d_]{2}", text)}
    assert template is None or asked <= template


@pytest.fixture
def window(qtbot, tmp_path, language):
    with opened_window(qtbot, tmp_path / "project") as window:
        yield window


@pytest.fixture
def read_window(qtbot, language, project):
    """The window over a project of eight people who were read and predicted."""
    opened = MainWindow(Settings(reader=SIMULATED_READER))
    qtbot.addWidget(opened)
    with qtbot.waitExposed(opened):
        opened.show()
    assert opened.projects.open(project)
    predict(opened.workbench.session)
    leave_card(opened.workbench.session)
    yield opened
    opened.close()


def scheme_words() -> re.Pattern[str]:
    """What the centre's own scheme says, and the cards of the models that come along."""
    words = set(SHIPPED)
    for grading in load_scheme().gradings:
        words |= {
            grading.name,
            *(text for its in grading.classes for text in (its.label, its.meaning)),
        }
    longest_first = sorted(map(re.escape, words - {""}), key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(longest_first)})(?!\w)")


def left_over(text: str, scheme: re.Pattern[str]) -> str:
    """What of a text was neither looked up nor is exempt."""
    left = EXEMPT.sub(" ", scheme.sub(" ", unmarked(text)))
    return " ".join(left.split()) if re.search(r"[^\W\d_]{2}", left) else ""


def bypassing(*widgets: QWidget) -> str:
    """The texts that nobody looked up, one a line with the place where each stands."""
    scheme = scheme_words()
    texts = {found for widget in widgets for found in shown_texts(widget)}
    lines = ((place, text, left_over(text, scheme)) for place, text in sorted(texts))
    return "\n".join(f"{place}: {text!r}: {left}" for place, text, left in lines if left)


def test_the_window_without_a_project(qtbot, language):
    window = MainWindow(Settings(reader="Dr A"))
    qtbot.addWidget(window)
    window.show()
    assert bypassing(window) == ""
    window.close()


@pytest.mark.parametrize("hidden", [False, True])
def test_the_window_with_a_study_in_front(window, hidden):
    bench = window.workbench
    reading.answer(bench.session, LATER, ITEM, Answer.GRADED, 3)
    flags.raise_flag(bench.session, LATER, "")
    annotating.mark_missing(bench.session, T2, VertebraLevel.L6, Absence.ABSENT)
    numbering = Numbering(CountingBasis.C2, Transition.SACRALISED)
    annotating.set_numbering(bench.session, T2, numbering)
    bench.change_settings(identity_hidden=hidden)
    for page in ("page_review", "page_models", "page_read"):
        window.show_page(page)
        QApplication.processEvents()
        assert bypassing(window) == ""
    # That the corners of the image and the cells of tables were read, too.
    texts = "\n".join(text for _, text in shown_texts(window))
    for part in ("⟦Slice ⟧5⟦ of ⟧9", "⟦down from C2⟧", "3 III", "⟦doing⟧ 1/"):
        assert part in texts


def test_dialogs(window):
    bench = window.workbench
    session = bench.session
    overlay = session.state.overlay(T2)
    bench.select_item(ITEM)
    for answer in ((Answer.GRADED, 3), (Answer.UNSURE, None), (Answer.NOT_ASSESSABLE, None)):
        reading.answer(session, LATER, ITEM, *answer)
    for name in ("examples", "history"):
        window.read_page.actions_by_id[name].trigger()
    for dialog in (
        MeasuresDialog(bench, window),
        NumberingDialog(overlay, window),
        ProtocolDialog(reading_protocol(session), window),
        RepeatsDialog(session, window),
        ReportDialog(bench, window),
        GradingsDialog(session.scheme, ["pfirrmann"], window),
        SettingsDialog(bench, window),
        FlagDialog("", window),
        DeidentifyDialog(bench, window),
        ImportMaskDialog(bench, session.state.series[T2], window),
        ChoosePatientDialog("Poe, Pat", [("P-1", "Poe, Pat")], window),
        window.findChild(GradeExamplesDialog),
        window.findChild(GradeHistoryDialog),
    ):
        dialog.show()
        QApplication.processEvents()
        assert bypassing(dialog) == "", dialog
        dialog.close()


def test_menus_under_the_pointer(window):
    bench = window.workbench
    overlay = bench.session.state.overlay(T2)
    model = window.read_page.work_list.model
    rows = [model.row_at(model.index(row, 0)) for row in range(model.rowCount())]
    menus = [
        *(
            OverlayMenu(bench, overlay, level, lambda _: None, window)
            for level in (VertebraLevel.L4, DiscLevel.parse("L4/L5"))
        ),
        *(WorkListMenu(bench, row, [("P-1", "Poe, Pat")], window) for row in rows),
    ]
    for menu in menus:
        assert bypassing(menu) == ""


def test_review_and_models(read_window, qtbot):
    for page in ("page_review", "page_models"):
        read_window.show_page(page)
        qtbot.waitUntil(lambda: not read_window.workbench.quick_lane.is_busy, timeout=30_000)
        QApplication.processEvents()
        assert bypassing(read_window) == ""
    bulk = read_window.review_page.open_bulk_dialog()
    assert bypassing(bulk) == ""
    bulk.reject()
    for kind in JobKind:
        dialog = read_window.models_page.open_dialog(kind)
        assert bypassing(dialog) == "", kind
        dialog.reject()
    comparison = read_window.models_page.open_comparison()
    assert bypassing(comparison) == ""
    comparison.reject()


def test_agreement_and_change_over_time(read_window, qtbot):
    bench = read_window.workbench
    session = bench.session
    done = done_studies(session)
    read_likewise(session, "Dr A", done[:4])
    read_window.window_actions["agreement"].trigger()
    shown = read_window.findChild(AgreementWindow)
    for kind in Kind:
        pane = compare(qtbot, shown, kind)
        for tab in range(pane.tabs.count()):
            pane.tabs.setCurrentIndex(tab)
            assert bypassing(shown) == "", kind
        if pane.chosen is not None:
            pair = pane.chosen.pairs[0]
            pane.discs.matrix.cell_clicked.emit(pair.first, pair.second)
            assert bypassing(shown) == "", kind
    read_window.window_actions["adjudicate"].trigger()
    settling = shown.adjudication
    qtbot.waitUntil(lambda: settling.focused is not None)
    settling.verdict.names_button.click()
    settling.verdict.unsure.emit()
    settling.list.table.selectRow(0)
    assert bypassing(shown) == ""
    bench.select_study(done[0])
    read_window.window_actions["changes"].trigger()
    changes = read_window.findChild(ChangeWindow)
    for hidden in (False, True):
        bench.change_settings(identity_hidden=hidden)
        for tab in range(changes.tabs.count()):
            changes.tabs.setCurrentIndex(tab)
            assert bypassing(changes) == ""
    shown.close()
    changes.close()


def test_undo_is_named_in_the_language(window):
    session = window.workbench.session
    for act in (
        lambda: annotating.mark_missing(session, T2, VertebraLevel.L6, Absence.ABSENT),
        lambda: annotating.shift_levels(session, T2, 1),
        lambda: annotating.confirm(session, T2),
        lambda: flags.raise_flag(session, LATER, ""),
    ):
        act()
        undo = window.window_actions["undo"].text()
        assert bypassing(window) == ""
        assert undo.count("⟦") >= 2, undo


def test_changes_that_wait_for_the_disk(language, full_disk):
    full_disk.workbench.select_item(ITEM)
    for digit in ("3", "2"):
        QTest.keyClicks(full_disk.read_page.viewer.mouse_area, digit)
        assert full_disk.unsaved_bar.isVisible()
        assert left_over(full_disk.unsaved_bar.text, scheme_words()) == ""
        assert bypassing(full_disk.status_line.save_state) == ""


def test_the_report_of_an_import(qtbot, language, report, tmp_path):
    there = replace(report, skipped=(), warnings=(), already_there=report.taken[:1])
    for dialog in (
        ImportReportDialog(there, tmp_path),
        ImportReportDialog(there, tmp_path, identity_hidden=True),
    ):
        qtbot.addWidget(dialog)
        assert bypassing(dialog) == ""
    assert left_over(report.sentence(), scheme_words()) == ""


def test_the_question_whether_two_are_the_same(qtbot, language, bench):
    dialog = SamePersonDialog(bench, suggestions(bench.session))
    qtbot.addWidget(dialog)
    dialog.show()
    for row in range(dialog.list.count()):
        dialog.list.setCurrentRow(row)
        assert bypassing(dialog) == ""


def test_the_sheet_of_keys_and_the_box_about(language):
    scheme = scheme_words()
    review = [(key, translate(words)) for key, words in REVIEW_KEYS]
    settling = [(translate(key), translate(words)) for key, words in ADJUDICATION_KEYS]
    further = {translate("In Review"): review, translate("Where two readers differ"): settling}
    sheet = sheet_html(ALL_ACTIONS, keys_in_force(Settings()), further)
    for html in (about_html(), sheet):
        assert left_over(html, scheme) == ""
