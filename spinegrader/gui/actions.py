"""Every action of the window as data: name, words, keys; the key sheet is made from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from spinegrader.texts import translate


@dataclass(frozen=True)
class ActionSpec:
    """One action; its words are English and translated where they are shown.

    Args:
        id: Name in the program.
        text: What menus and buttons say.
        keys: Shortcuts as Qt writes them, unless the reader chose others; empty for none.
        tip: What it does, in a sentence.
        group: Heading on the key sheet.
    """

    id: str
    text: str
    keys: tuple[str, ...]
    tip: str
    group: str

    @property
    def words(self) -> str:
        """The text in the reader's language, without marks for the keyboard."""
        return translate(self.text).replace("&", "").rstrip("…")


WINDOW_ACTIONS = (
    ActionSpec("new_project", "&New project…", ("Ctrl+N",), "Make an empty project", "Project"),
    ActionSpec("open_project", "&Open project…", ("Ctrl+O",), "Open a project folder", "Project"),
    ActionSpec("demo_project", "Open the &demo project", (), "Simulated people", "Project"),
    ActionSpec(
        "import_folder", "Import &folder…", ("Ctrl+I",), "Images in it, at any depth", "Import"
    ),
    ActionSpec(
        "import_files",
        "Import f&iles…",
        ("Ctrl+Shift+I",),
        "Files, an archive or a DICOMDIR",
        "Import",
    ),
    ActionSpec(
        "import_mask", "Import &label map…", (), "Vertebrae that another tool found", "Import"
    ),
    ActionSpec(
        "find_vertebrae",
        "Find &vertebrae in this study",
        (),
        "The detector proposes them where no reader has begun",
        "Import",
    ),
    ActionSpec(
        "find_all_vertebrae",
        "Find vertebrae in &all studies",
        (),
        "On every sagittal series that has none",
        "Import",
    ),
    ActionSpec(
        "import_report",
        "Last import's &report…",
        (),
        "What came in, what was skipped and why",
        "Import",
    ),
    ActionSpec(
        "same_person", "Find the same &person…", (), "Records that may belong together", "Import"
    ),
    ActionSpec(
        "deidentify_on_import",
        "&De-identify on import",
        (),
        "Keep no names, numbers and true dates in this project",
        "Import",
    ),
    ActionSpec(
        "link_on_import",
        "Leave pi&xels in their files",
        (),
        "Note where they are instead of copying them",
        "Import",
    ),
    ActionSpec(
        "deidentify_folder",
        "De-identify a f&older…",
        (),
        "Write copies of images without identity",
        "Import",
    ),
    ActionSpec("export_measures", "Export &measures (CSV)…", (), "One row a disc", "Project"),
    ActionSpec("export_csv", "&Export grades (CSV)…", ("Ctrl+E",), "Write a table", "Project"),
    ActionSpec("report", "Report of &this study…", ("Ctrl+P",), "Pages to print (PDF)", "Project"),
    ActionSpec(
        "report_evaluation",
        "Report of an e&valuation…",
        (),
        "How well a model grades, to print (PDF)",
        "Project",
    ),
    ActionSpec("close_project", "&Close project", (), "Let the project go", "Project"),
    ActionSpec("quit", "&Quit", ("Ctrl+Q",), "Close the window", "Project"),
    ActionSpec("undo", "&Undo", ("Ctrl+Z",), "Take the latest change back", "Edit"),
    ActionSpec("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Make it again", "Edit"),
    ActionSpec("gradings", "&Gradings asked…", (), "Choose which gradings are asked", "Edit"),
    ActionSpec("protocol", "Reading &protocol…", (), "Blinded or assisted, how many", "Edit"),
    ActionSpec("repeats", "&Draw repeat readings…", (), "Read some studies once more", "Edit"),
    ActionSpec("reader", "Reader's &name…", (), "Under whose name grades are kept", "Edit"),
    ActionSpec("settings", "&Settings…", ("Ctrl+,",), "Name, look, mouse and keys", "Edit"),
    ActionSpec("page_read", "&Read", ("Ctrl+1",), "Images and grading", "View"),
    ActionSpec("page_review", "Re&view", ("Ctrl+2",), "The model's grades beside yours", "View"),
    ActionSpec("page_models", "&Models", ("Ctrl+3",), "Training runs", "View"),
    ActionSpec("agreement", "&Agreement…", ("Ctrl+G",), "Who agrees with whom", "View"),
    ActionSpec("adjudicate", "Ad&judicate…", (), "Settle what two readers say differently", "View"),
    ActionSpec("changes", "&Change over time…", ("Ctrl+T",), "Grades from visit to visit", "View"),
    ActionSpec("hide_identity", "Hide &identity", ("Ctrl+H",), "For teaching, pictures", "View"),
    ActionSpec("pretrain", "&Pre-train…", (), "Learn from follow-up scans", "Training"),
    ActionSpec("finetune", "&Fine-tune…", (), "Learn the grades", "Training"),
    ActionSpec("predict", "Pre&dict…", (), "Let a model grade every disc", "Training"),
    ActionSpec("retrain", "&Retrain detector…", (), "Learn from corrected vertebrae", "Training"),
    ActionSpec("evaluate", "&Evaluate…", (), "Compare a model with the readers", "Training"),
    ActionSpec("learning_curve", "&Learning curve…", (), "What pre-training saves", "Training"),
    ActionSpec("compare_models", "&Compare models…", (), "Figures, side by side", "Training"),
    ActionSpec("import_model", "&Import a model…", (), "One of another project", "Training"),
    ActionSpec("pause_training", "P&ause", (), "Hold what is trained now, or go on", "Training"),
    ActionSpec("stop_training", "&Stop", (), "What was learnt is kept", "Training"),
    ActionSpec("cancel_training", "Ca&ncel…", (), "What was learnt is thrown away", "Training"),
    ActionSpec("keys", "&Keys and mouse", ("?", "F1"), "This sheet", "Help"),
    ActionSpec("about", "&About SpineGrader", (), "Version and licence", "Help"),
)

READ_ACTIONS = (
    ActionSpec("next_study", "&Next study to read", ("Ctrl+Right",), "Next undone one", "Reading"),
    ActionSpec(
        "confirm",
        "&Confirm",
        ("Return", "Enter"),
        "Confirm the study's vertebrae; when it is done, open the next",
        "Reading",
    ),
    ActionSpec("next_item", "Leave &open", ("Tab",), "Go on without an answer", "Reading"),
    ActionSpec("previous_item", "&Back", ("Shift+Tab",), "The item before", "Reading"),
    ActionSpec("take_back", "&Take back", ("Backspace",), "Open the item again", "Reading"),
    ActionSpec("unsure", "&Unsure", ("U",), "Answer: unsure", "Reading"),
    ActionSpec("not_assessable", "Not &assessable", ("N",), "Answer: not assessable", "Reading"),
    ActionSpec("comment", "&Comment…", ("C",), "Put a comment to the answer", "Reading"),
    ActionSpec("flag", "&Flag the study", ("F",), "Raise its flag, or lower it", "Reading"),
    ActionSpec(
        "history", "&History of the answer…", ("H",), "All you said of the item, and why", "Reading"
    ),
    ActionSpec(
        "examples", "What the &grades mean…", ("E",), "Drawn examples, side by side", "Reading"
    ),
    ActionSpec("search", "&Find a patient", ("Ctrl+F",), "Search the work list", "Reading"),
    ActionSpec("next_area", "Next p&art of the window", ("F6",), "Moves the keyboard", "Reading"),
    ActionSpec("previous_area", "Part before", ("Shift+F6",), "Moves the keyboard back", "Reading"),
    ActionSpec("next_series", "Next &series", ("Shift+Right",), "Brings it to the front", "Image"),
    ActionSpec(
        "previous_series", "Series before", ("Shift+Left",), "Brings it to the front", "Image"
    ),
    ActionSpec(
        "place", "&Place vertebrae", ("P",), "Click two, the ones between are proposed", "Vertebrae"
    ),
    ActionSpec("cancel", "Cancel placing", ("Esc",), "Leave placing", "Vertebrae"),
    ActionSpec(
        "levels_up",
        "Levels &up",
        ("Ctrl+Up",),
        "Rename all one level towards the head",
        "Vertebrae",
    ),
    ActionSpec(
        "levels_down",
        "Levels &down",
        ("Ctrl+Down",),
        "Rename all one level towards the feet",
        "Vertebrae",
    ),
    ActionSpec(
        "add",
        "&Add one",
        ("V",),
        "Click the middle of its upper endplate, then of the lower one",
        "Vertebrae",
    ),
    ActionSpec(
        "mid_slice",
        "&Mid-slice is here",
        ("S",),
        "The slice on screen is that of the vertebra clicked last",
        "Vertebrae",
    ),
    ActionSpec(
        "numbering",
        "N&umbering…",
        ("B",),
        "What was counted from, transitional and missing levels",
        "Vertebrae",
    ),
    ActionSpec(
        "other_count",
        "Take the other count",
        ("R",),
        "Names as the detector's second guess has them",
        "Vertebrae",
    ),
    ActionSpec("remove", "&Remove", ("Del",), "Take the selected vertebra off", "Vertebrae"),
    ActionSpec("distance", "&Distance", ("D",), "Click two places; millimetres", "Measuring"),
    ActionSpec("angle", "A&ngle", ("A",), "Click the ends of two lines; degrees", "Measuring"),
    ActionSpec(
        "clear_measurements",
        "Clear measurements",
        ("Shift+D",),
        "Those on the series that has the keyboard",
        "Measuring",
    ),
    ActionSpec(
        "measures",
        "Table of m&easures",
        ("Ctrl+M",),
        "Heights, slips, lordosis of what is drawn",
        "Measuring",
    ),
    ActionSpec(
        "peek", "Pee&k below overlays", ("Space",), "Show the image alone while held", "Image"
    ),
    ActionSpec("hide_overlays", "&Hide overlays", ("O",), "Show the image alone", "Image"),
    ActionSpec("fit", "&Fit", ("Z",), "Whole slice", "Image"),
    ActionSpec(
        "one_to_one", "&1:1", ("X",), "One pixel of the image is one of the screen", "Image"
    ),
    ActionSpec("invert", "&Invert", ("I",), "Swap black and white", "Image"),
    ActionSpec("reset_window", "Reset &window", ("W",), "Brightness as at first", "Image"),
    ActionSpec("colouring", "Next c&olours", ("G",), "Overlays plain, by level, by grade", "Image"),
    ActionSpec("fainter", "Fainter overlays", (",",), "More of the image below", "Image"),
    ActionSpec("stronger", "Stronger overlays", (".",), "Less of the image below", "Image"),
    ActionSpec("fill", "Fill with &this image", ("M",), "Or back to all of them", "Image"),
    ActionSpec("next_layout", "Next la&yout", ("L",), "What hangs beside the image", "Image"),
    ActionSpec("link", "&Link the images", ("K",), "They move together", "Image"),
    ActionSpec(
        "preset_proposed", "As &proposed", ("Alt+1",), "Brightness as the scanner wants it", "Image"
    ),
    ActionSpec(
        "preset_tissue", "&Marrow and fluid", ("Alt+2",), "Brightness from the tissue", "Image"
    ),
    ActionSpec(
        "preset_everything", "&Full range", ("Alt+3",), "From the darkest to the brightest", "Image"
    ),
    ActionSpec(
        "preset_narrow", "&Bone and disc", ("Alt+4",), "More contrast; fluid is white", "Image"
    ),
    ActionSpec("corner_text", "Corner &text", ("T",), "Show or hide it", "Image"),
)

ALL_ACTIONS = (*READ_ACTIONS, *WINDOW_ACTIONS)

DIGITS = tuple(str(digit) for digit in range(10))


def make_actions(
    specs: tuple[ActionSpec, ...],
    handlers: Mapping[str, Callable[[], object]],
    owner: QWidget,
    context: Qt.ShortcutContext,
) -> dict[str, QAction]:
    """Makes the actions and ties them to their handlers; each spec needs one."""
    made: dict[str, QAction] = {}
    for spec in specs:
        action = QAction(translate(spec.text), owner)
        action.setObjectName(spec.id)
        action.setShortcutContext(context)
        action.setStatusTip(translate(spec.tip))
        set_keys(action, spec.keys)
        handler = handlers[spec.id]
        action.triggered.connect(lambda _=False, handler=handler: handler())
        owner.addAction(action)
        made[spec.id] = action
    return made


def set_keys(action: QAction, keys: Sequence[str]) -> None:
    """Gives an action other keys, and says the first of them in its tool tip."""
    action.setShortcuts([QKeySequence(key) for key in keys])
    set_tip(action, action.statusTip())


def set_tip(action: QAction, words: str) -> None:
    """Says what an action does, and behind it the first of its keys."""
    action.setStatusTip(words)
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{words} ({key})" if key else words)


def native_key(key: str) -> str:
    """A key as this computer writes it, such as “⌘Z” for Ctrl+Z."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
