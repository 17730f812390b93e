"""How parts of a report are broken into pages."""

import pytest

from spinegrader.gui.reports.canvas import BOLD, Canvas
from spinegrader.gui.reports.flow import Piece, Text, heading, paragraph, write_pdf
from spinegrader.gui.reports.tables import Cell, Columns, Row
from tests.pdf_text import page_texts

pytestmark = pytest.mark.usefixtures("qapp")


def pages(tmp_path, pieces):
    path = tmp_path / "pages.pdf"
    assert write_pdf(path, "Test", pieces) == len(page_texts(path))
    return page_texts(path)


def test_the_head_of_a_table_stands_again_on_each_page(tmp_path):
    columns = Columns((30.0,), 2)
    head = Row(columns, [Cell("", BOLD), Cell("left"), Cell("right")], is_shaded=True)
    rows = [Row(columns, [Cell(f"row{at}."), Cell("a"), Cell("b")]) for at in range(90)]
    texts = pages(tmp_path, [Piece(head), *(Piece(row, head=head) for row in rows)])
    assert len(texts) > 1
    for text in texts:
        assert text.count("left right") == 1
    whole = " ".join(texts)
    assert all(whole.count(f"row{at}.") == 1 for at in range(90))


def test_a_heading_stays_with_what_follows(tmp_path):
    lines = 0
    for lines in range(40, 70):
        texts = pages(
            tmp_path,
            [*(Piece(Text("line")) for _ in range(lines)), heading("Next"), Piece(Text("last"))],
        )
        with_heading = next(text for text in texts if "Next" in text)
        assert "last" in with_heading
    assert len(texts) == 2


def test_a_text_longer_than_a_page_goes_on_on_the_next_one(tmp_path):
    words = [f"w{number}" for number in range(3000)]
    texts = pages(tmp_path, list(paragraph(" ".join(words))))
    assert len(texts) > 1
    found = [word for text in texts for word in text.split() if word[:1] == "w"]
    assert found == words


def test_a_word_that_is_wider_than_its_cell_is_written_smaller_before_it_is_broken():
    canvas = Canvas("Test")
    try:
        face = canvas.fitted("sequestration", 24.0, BOLD)
        assert 7.0 < face.points < BOLD.points
        one_line = canvas.text_height_mm("x", 20.0, face)
        assert canvas.text_height_mm("sequestration", 24.0, face) == pytest.approx(one_line)
        assert canvas.fitted("none", 20.0, BOLD) == BOLD
        assert canvas.fitted("x" * 200, 20.0, BOLD).points == 7.0
    finally:
        canvas.finish()


class Broken(Text):
    def draw(self, canvas, top_mm):
        assert canvas.painter.isActive()
        raise ValueError(f"broken at {top_mm}")


def test_a_part_that_fails_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "pages.pdf"
    path.write_bytes(b"before")
    with pytest.raises(ValueError, match="broken"):
        write_pdf(path, "Test", [Piece(Broken(""))])
    assert path.read_bytes() == b"before"
