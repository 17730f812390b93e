"""Which action stands in which menu, and which of them need an open project."""

from collections.abc import Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

IMAGES = "I&mages"
"""Filled by the workspace Read."""

EDIT = "&Edit"
VIEW = "&View"

_MENUS = {
    "&Project": "new_project open_project demo_project | export_csv | close_project quit",
    "&Import": (
        "import_folder import_files import_mask | import_report same_person"
        " | deidentify_on_import link_on_import | deidentify_folder"
    ),
    EDIT: "undo redo | gradings protocol repeats reader |",
    VIEW: "page_read page_review page_models | hide_identity",
    IMAGES: "",
    "&Training": "pretrain finetune predict | stop_training",
    "&Help": "keys about",
}
NEED_PROJECT = (
    "export_csv",
    "close_project",
    "gradings",
    "protocol",
    "repeats",
    "page_read",
    "page_review",
    "page_models",
    "pretrain",
    "finetune",
    "predict",
    "import_mask",
    "same_person",
    "deidentify_on_import",
    "link_on_import",
)
_CHECKABLE = ("hide_identity", "deidentify_on_import", "link_on_import")


def make_menus(bar: QMenuBar, actions: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Puts the actions into menus; returns these by title."""
    menus: dict[str, QMenu] = {}
    for title, names in _MENUS.items():
        menu = menus[title] = bar.addMenu(title)
        for name in names.split():
            if name == "|":
                menu.addSeparator()
            else:
                menu.addAction(actions[name])
    for name in _CHECKABLE:
        actions[name].setCheckable(True)
    menus[IMAGES].setEnabled(False)
    return menus
