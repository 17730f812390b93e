"""The sheet of keys and mouse gestures in force, made from the actions themselves."""

from collections.abc import Mapping, Sequence
from html import escape

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from spinegrader.gui.actions import ActionSpec, native_key
from spinegrader.texts import translate


class KeySheet(QDialog):
    """Lists every key, heading by heading."""

    def __init__(
        self,
        specs: Sequence[ActionSpec],
        keys: Mapping[str, Sequence[str]],
        further: Mapping[str, Sequence[tuple[str, str]]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Keys and mouse"))
        self.resize(560, 640)
        self.text = QTextBrowser()
        self.text.setHtml(sheet_html(specs, keys, further))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.text)
        column.addWidget(buttons)


def sheet_html(
    specs: Sequence[ActionSpec],
    keys: Mapping[str, Sequence[str]],
    further: Mapping[str, Sequence[tuple[str, str]]],
) -> str:
    """The sheet as HTML: a table for each group of actions, then the further ones by heading.

    Args:
        specs: The actions, in their order.
        keys: Which keys each has now, by its id.
        further: Rows of keys and words by heading, in the reader's language.
    """
    grading = [("0 … 9", translate("Give this grade and go on"))]
    parts = [_table(translate("Grading"), grading)]
    groups: dict[str, list[tuple[str, str]]] = {}
    for spec in specs:
        if keys[spec.id]:
            named = translate(" or ").join(native_key(key) for key in keys[spec.id])
            words = f"{spec.words} – {translate(spec.tip)}"
            groups.setdefault(spec.group, []).append((named, words))
    parts += [_table(translate(group), rows) for group, rows in groups.items()]
    parts += [_table(heading, rows) for heading, rows in further.items()]
    return "".join(parts)


def _table(heading: str, rows: Sequence[tuple[str, str]]) -> str:
    body = "".join(
        f"<tr><td width='190'><b>{escape(keys)}</b></td><td>{escape(words)}</td></tr>"
        for keys, words in rows
    )
    return f"<h3>{escape(heading)}</h3><table cellpadding='3'>{body}</table>"
