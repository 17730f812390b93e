"""A patient record beside another: who it says it is, its visits, one image."""

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from spinegrader.domain.study import Patient, Study
from spinegrader.texts import translate

PICTURE_SIZE = QSize(280, 280)
_MOST_VISITS = 6


class RecordCard(QFrame):
    """What one of two records tells.

    Args:
        heading: Which of the two it is.
        records: The person's, the one that stands for them first.
        visits: Oldest first.
        picture: A slice; None where there is none to show.
        identity_hidden: Whether name, id and dates stay out of sight.
    """

    def __init__(
        self,
        heading: str,
        records: tuple[Patient, ...],
        visits: list[Study],
        picture: QPixmap | None,
        *,
        identity_hidden: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(heading)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        column = QVBoxLayout(self)
        facts = _facts(records, visits, identity_hidden=identity_hidden)
        words = QLabel(_as_html(heading, facts))
        words.setTextFormat(Qt.TextFormat.RichText)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(words)
        column.addWidget(_picture_label(picture), 1)


def _facts(
    records: tuple[Patient, ...], visits: list[Study], *, identity_hidden: bool
) -> list[tuple[str, str]]:
    shown = visits[-_MOST_VISITS:]
    first = len(visits) - len(shown) + 1
    lines = [
        translate("Visit {number}").format(number=number)
        if identity_hidden
        else str(study.date or translate("no date"))
        for number, study in enumerate(shown, start=first)
    ]
    if len(visits) > len(shown):
        earlier = len(visits) - len(shown)
        lines.insert(0, translate("{count} earlier ones").format(count=earlier))
    told = [(translate("Visits"), "\n".join(lines) or translate("none"))]
    if identity_hidden:
        return [(translate("Who"), translate("Identity hidden")), *told]
    patient = records[0]
    return [
        (translate("Name"), patient.name or translate("not told")),
        (translate("PatientID"), " = ".join(record.id for record in records)),
        (translate("Birth date"), str(patient.birth_date or translate("not told"))),
        (translate("Sex"), patient.sex or translate("not told")),
        *told,
    ]


def _as_html(heading: str, facts: list[tuple[str, str]]) -> str:
    # Names come from outside: they must not be taken for markup.
    rows = "".join(
        f"<tr><td>{name}:&nbsp;</td><td>{escape(value).replace(chr(10), '<br>')}</td></tr>"
        for name, value in facts
    )
    return f"<b>{heading}</b><table cellpadding='2'>{rows}</table>"


def _picture_label(picture: QPixmap | None) -> QLabel:
    label = QLabel()
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
    label.setMinimumHeight(PICTURE_SIZE.height())
    label.setAccessibleName(translate("Slice"))
    if picture is None:
        label.setText(translate("No image"))
    else:
        label.setPixmap(picture)
    return label
