"""Parts of a report one below the other, broken into pages with a foot each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt

from spinegrader import __version__
from spinegrader.durable import write_durably
from spinegrader.errors import InputError
from spinegrader.gui.reports.canvas import BODY, HEADING, QUIET, TITLE, Canvas, Face
from spinegrader.services.wording import RESEARCH_NOTICE
from spinegrader.texts import translate

_FOOT_MM = 13.0
_LONGEST_PIECE = 700
"""Letters of one piece of a paragraph: a longer one may go on on the next page."""


class Block(Protocol):
    """Something that stands on one page as a whole."""

    def height_mm(self, canvas: Canvas) -> float:
        """How high it is, at the width of the page."""
        ...

    def draw(self, canvas: Canvas, top_mm: float) -> None:
        """Draws it from that height down."""
        ...


@dataclass(frozen=True)
class Piece:
    """A block in the flow.

    Args:
        block: What is drawn.
        gap_mm: Left free above it, but at the top of a page.
        keeps_next: Whether it stays with the next piece on one page.
        head: Drawn again above it where it begins another page, such as the head of a table.
    """

    block: Block
    gap_mm: float = 0.0
    keeps_next: bool = False
    head: Block | None = None


@dataclass(frozen=True)
class Text:
    """Lines of one text."""

    text: str
    face: Face = BODY

    def height_mm(self, canvas: Canvas) -> float:
        """As many lines as the text takes."""
        return canvas.text_height_mm(self.text, canvas.width_mm, self.face)

    def draw(self, canvas: Canvas, top_mm: float) -> None:
        """Writes it over the whole width."""
        height = self.height_mm(canvas)
        canvas.text(QRectF(0, top_mm, canvas.width_mm, height), self.text, self.face)


def title(text: str) -> Piece:
    """The title of a report."""
    return Piece(Text(text, TITLE), keeps_next=True)


def heading(text: str) -> Piece:
    """The heading of a part, which stays with what follows."""
    return Piece(Text(text, HEADING), gap_mm=6.0, keeps_next=True)


def paragraph(text: str, face: Face = BODY, gap_mm: float = 1.5) -> Iterator[Piece]:
    """A text that may go on on the next page."""
    part = ""
    for word in text.split(" "):
        if part and len(part) + len(word) > _LONGEST_PIECE:
            yield Piece(Text(part, face), gap_mm)
            part, gap_mm = "", 0.0
        part = f"{part} {word}" if part else word
    yield Piece(Text(part, face), gap_mm)


def write_pdf(path: Path, name: str, pieces: Sequence[Piece], foot: str = "") -> int:
    """Writes a report.

    Args:
        path: The file.
        name: Of the report, for programs that show it; tells no patient.
        pieces: From the first page to the last.
        foot: Stands on each page: sheets may be mixed up.

    Returns:
        The number of pages.

    Raises:
        InputError: If the file can't be written; one that was there before stays.
    """
    canvas = Canvas(name)
    try:
        pages = _pages(canvas, pieces)
        for number, page in enumerate(pages, start=1):
            if number > 1:
                canvas.new_page()
            for block, top_mm in page:
                block.draw(canvas, top_mm)
            _draw_foot(canvas, foot, number, len(pages))
    finally:
        # Qt doesn't bear a page that goes away while it is drawn on.
        content = canvas.finish()
    try:
        write_durably(path, content)
    except OSError as error:
        raise InputError(
            f"{path} could not be written ({error.strerror}): choose another place."
        ) from error
    return len(pages)


def _pages(canvas: Canvas, pieces: Sequence[Piece]) -> list[list[tuple[Block, float]]]:
    """What stands where on each page."""
    bottom_mm = canvas.height_mm - _FOOT_MM
    pages: list[list[tuple[Block, float]]] = [[]]
    top_mm = 0.0
    starts_group = True
    for at, piece in enumerate(pieces):
        group_mm = _group_height_mm(canvas, pieces, at) if starts_group else 0.0
        if starts_group and pages[-1] and top_mm + group_mm > bottom_mm:
            pages.append([])
            top_mm = 0.0
            if piece.head is not None:
                pages[-1].append((piece.head, 0.0))
                top_mm = piece.head.height_mm(canvas)
        elif pages[-1]:
            top_mm += piece.gap_mm
        pages[-1].append((piece.block, top_mm))
        top_mm += piece.block.height_mm(canvas)
        starts_group = not piece.keeps_next
    return pages


def _group_height_mm(canvas: Canvas, pieces: Sequence[Piece], at: int) -> float:
    """Of a piece with those that stay with it."""
    height_mm = 0.0
    for piece in pieces[at:]:
        height_mm += piece.gap_mm + piece.block.height_mm(canvas)
        if not piece.keeps_next:
            break
    return height_mm


def _draw_foot(canvas: Canvas, foot: str, number: int, count: int) -> None:
    top = canvas.height_mm - _FOOT_MM + 3.0
    canvas.line(QPointF(0, top - 1), QPointF(canvas.width_mm, top - 1))
    box = QRectF(0, top, canvas.width_mm, 5)
    canvas.text(box, translate(RESEARCH_NOTICE), Face(9.0, is_bold=True))
    page = translate("Page {number} of {count}").format(number=number, count=count)
    canvas.text(box, page, QUIET, Qt.AlignmentFlag.AlignRight)
    told = " · ".join(part for part in (foot, f"SpineGrader {__version__}") if part)
    canvas.text(box.translated(0, 4.5), told, QUIET)
