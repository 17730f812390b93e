"""Which action stands in which menu, and which of them need an open project."""

from collections.abc import Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenuBar

from spinegrader.gui.actions import READ_ACTIONS
from spinegrader.gui.open_lists import Menu
from spinegrader.texts import for_translation, translate

IMAGES = for_translation("I&mages")
"""Filled by the workspace Read."""

PROJECT = for_translation("&Project")
EDIT = for_translation("&Edit")
VIEW = for_translation("&View")
TRAINING = for_translation("&Training")

_MENUS = {
    PROJECT: (
        "new_project open_project demo_project | export_csv export_measures"
        " | report report_evaluation | close_project quit"
    ),
    for_translation("&Import"): (
        "import_folder import_files import_mask | find_vertebrae find_all_vertebrae"
        " | import_report same_person"
        " | deidentify_on_import link_on_import | deidentify_folder"
    ),
    EDIT: "undo redo | gradings protocol repeats reader | settings |",
    VIEW: "page_read page_review page_models | agreement adjudicate changes | hide_identity",
    IMAGES: "",
    TRAINING: (
        "pretrain finetune retrain | predict evaluate | learning_curve"
        " | compare_models import_model | pause_training stop_training cancel_training"
    ),
    for_translation("&Help"): "keys about",
}
NEED_PROJECT = (
    "export_csv",
    "export_measures",
    "report",
    "report_evaluation",
    "close_project",
    "gradings",
    "protocol",
    "repeats",
    "page_read",
    "page_review",
    "page_models",
    "agreement",
    "adjudicate",
    "changes",
    "pretrain",
    "finetune",
    "predict",
    "retrain",
    "evaluate",
    "learning_curve",
    "compare_models",
    "import_model",
    "import_mask",
    "find_all_vertebrae",
    "same_person",
    "deidentify_on_import",
    "link_on_import",
)
_CHECKABLE = ("hide_identity", "deidentify_on_import", "link_on_import")


def make_menus(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, Menu]:
    """Puts the actions into menus; returns these by title in English."""
    menus: dict[str, Menu] = {}
    for title, names in _MENUS.items():
        menu = menus[title] = Menu(translate(title), bar)
        bar.addMenu(menu)
        for name in names.split():
            if name == "|":
                menu.addSeparator()
            else:
                menu.addAction(actions[name])
    for name in _CHECKABLE:
        actions[name].setCheckable(True)
    menus[IMAGES].setEnabled(False)
    # What can't be done now says why.
    menus[TRAINING].setToolTipsVisible(True)
    return menus


def add_read_actions(menus: Mapping[str, Menu], actions: Mapping[str, QAction]) -> None:
    """Puts the actions of the workspace Read into the menus, those for grey windows together."""
    images = menus[IMAGES]
    presets: Menu | None = None
    group = READ_ACTIONS[0].group
    for spec in READ_ACTIONS:
        if spec.id == "peek":
            # A menu holds nothing that lasts as long as a key is held.
            continue
        action = actions[spec.id]
        if spec.group != group:
            images.addSeparator()
            group = spec.group
        if spec.id in ("history", "flag", "examples", "search"):
            menus[EDIT].addAction(action)
        elif spec.id.startswith("preset_"):
            presets = presets or images.add_submenu(translate("Wi&ndow"))
            presets.addAction(action)
        else:
            images.addAction(action)
    images.setEnabled(True)


def menu_titles() -> list[str]:
    """What stands in the menu bar, with the marks for the keyboard, in the reader's language."""
    return [translate(title) for title in _MENUS]
