"""The sheet of keys and mouse gestures, made from the actions themselves."""

from collections.abc import Mapping, Sequence
from html import escape

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

from spinegrader.gui.actions import ActionSpec


class KeySheet(QDialog):
    """Lists every key, heading by heading."""

    def __init__(
        self,
        specs: Sequence[ActionSpec],
        further: Mapping[str, Sequence[tuple[str, str]]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and mouse")
        self.resize(560, 640)
        text = QTextBrowser()
        text.setHtml(sheet_html(specs, further))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(text)
        column.addWidget(buttons)


def sheet_html(
    specs: Sequence[ActionSpec], further: Mapping[str, Sequence[tuple[str, str]]]
) -> str:
    """The sheet as HTML: a table for each group of actions, then the further ones by heading."""
    parts = [_table("Grading", [("0 … 9", "Give this grade and go on")])]
    groups: dict[str, list[tuple[str, str]]] = {}
    for spec in specs:
        if spec.keys:
            keys = " or ".join(_native(key) for key in spec.keys)
            words = f"{_plain(spec.text)}: {spec.tip[0].lower()}{spec.tip[1:]}"
            groups.setdefault(spec.group, []).append((keys, words))
    parts += [_table(group, rows) for group, rows in groups.items()]
    parts += [_table(heading, rows) for heading, rows in further.items()]
    return "".join(parts)


def _table(heading: str, rows: Sequence[tuple[str, str]]) -> str:
    body = "".join(
        f"<tr><td width='190'><b>{escape(keys)}</b></td><td>{escape(words)}</td></tr>"
        for keys, words in rows
    )
    return f"<h3>{escape(heading)}</h3><table cellpadding='3'>{body}</table>"


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _plain(text: str) -> str:
    return text.replace("&", "").rstrip("…")
