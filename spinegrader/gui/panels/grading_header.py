"""A table header that finds room for long names above narrow columns."""

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QHeaderView, QWidget

_PADDING = 4
_LONGEST = 128
"""Pixels that the header may take at most, for names that stand upright."""


class GradingHeader(QHeaderView):
    """Writes names in lines where each word fits the column, else turned upwards."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setMinimumSectionSize(QFontMetrics(self.font()).height())
        # The height depends on the width of the columns.
        self.sectionResized.connect(self._on_section_resized)
        self._height = -1

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as the highest name needs."""
        return QSize(super().sizeHint().width(), self._wanted_height())

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N802, N803
        """Draws one name."""
        painter.save()
        painter.setFont(self.font())
        painter.setPen(self.palette().windowText().color())
        name = self._names()[logicalIndex]
        if self._lie_flat():
            lines = _wrapped(name, rect.width() - 2 * _PADDING, self._metrics())
            inner = rect.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
            painter.drawText(inner, flags, "\n".join(lines))
        else:
            painter.translate(rect.left(), rect.bottom())
            painter.rotate(-90)
            inner = QRect(_PADDING, 0, rect.height() - 2 * _PADDING, rect.width())
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(inner, flags, self._upright_text(name, rect.width(), inner.width()))
        painter.restore()

    def _on_section_resized(self) -> None:
        height = self._wanted_height()
        if height != self._height:
            self._height = height
            self.updateGeometry()
            self.geometriesChanged.emit()

    def _wanted_height(self) -> int:
        names = self._names()
        if not names:
            return super().sizeHint().height()
        metrics = self._metrics()
        if self._lie_flat():
            inner = self.sectionSize(0) - 2 * _PADDING
            lines = max(len(_wrapped(name, inner, metrics)) for name in names)
            return lines * metrics.lineSpacing() + 2 * _PADDING
        count = self._upright_lines(self.sectionSize(0))
        widths = [_width_in_lines(name, count, metrics) for name in names]
        return min(max(widths) + 2 * _PADDING + 2, _LONGEST)

    def _lie_flat(self) -> bool:
        if self.count() == 0:
            return True
        inner = self.sectionSize(0) - 2 * _PADDING
        metrics = self._metrics()
        words = {word for name in self._names() for word in name.split()}
        return all(metrics.horizontalAdvance(word) <= inner for word in words)

    def _upright_lines(self, column_width: int) -> int:
        return max(1, min(2, column_width // self._metrics().lineSpacing()))

    def _upright_text(self, name: str, column_width: int, room: int) -> str:
        metrics = self._metrics()
        count = self._upright_lines(column_width)
        lines = _wrapped(name, _width_in_lines(name, count, metrics), metrics)
        return "\n".join(_elided(line, room, metrics) for line in lines)

    def _names(self) -> Sequence[str]:
        # There are no sections while there is no model.
        columns = range(self.count())
        return [str(self.model().headerData(i, Qt.Orientation.Horizontal)) for i in columns]

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self.font())


def _wrapped(name: str, width: int, metrics: QFontMetrics) -> list[str]:
    """The name in lines that are no wider than ``width``, single words aside."""
    lines: list[str] = []
    for word in name.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _elided(line: str, room: int, metrics: QFontMetrics) -> str:
    """The line, cut before its comma: “left” and “right” stand behind it and must stay."""
    head, comma, tail = line.partition(",")
    rest = comma + tail
    head_room = room - metrics.horizontalAdvance(rest)
    return metrics.elidedText(head, Qt.TextElideMode.ElideRight, head_room) + rest


def _width_in_lines(name: str, count: int, metrics: QFontMetrics) -> int:
    """The least width at which the name takes no more than ``count`` lines."""
    words = name.split()
    whole = metrics.horizontalAdvance(name)
    widths = sorted(
        metrics.horizontalAdvance(" ".join(words[start:end]))
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
    )
    fitting = (width for width in widths if len(_wrapped(name, width, metrics)) <= count)
    return ceil(next(fitting, whole))
