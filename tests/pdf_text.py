"""Reads the text of a PDF as Qt writes it: what a person can select and search for."""

import re
import zlib
from pathlib import Path

_OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
_STEP = re.compile(rb"/(F\d+) [\d.]+ Tf|(\S+) (\S+) Td <([0-9A-Fa-f]+)> Tj|\b(ET)\b")
_BLANK = re.compile(r"\s+")


def page_texts(path: Path) -> list[str]:
    """The text of each page, with single spaces between its words."""
    objects = {int(number): body for number, body in _OBJECT.findall(path.read_bytes())}
    maps = {number: _characters(objects, body) for number, body in objects.items()}
    pages = [body for body in objects.values() if re.search(rb"/Type /Page\b", body)]
    return [_page_text(objects, maps, page) for page in pages]


def fonts(path: Path) -> tuple[int, int]:
    """How many fonts a PDF uses, and how many it brings along."""
    content = path.read_bytes()
    return content.count(b"/Type /FontDescriptor"), content.count(b"/FontFile")


def picture_count(path: Path) -> int:
    """How many pictures a PDF holds."""
    return path.read_bytes().count(b"/Subtype /Image")


def _page_text(objects: dict[int, bytes], maps: dict[int, dict[str, str]], page: bytes) -> str:
    content = _stream(objects[_reference(page, b"Contents")])
    resources = objects[_reference(page, b"Resources")]
    named = {name: int(number) for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", resources)}
    text, characters = "", {}
    for font, _, down, glyphs, end in _STEP.findall(content):
        if font:
            characters = maps[named[font]]
        elif end:
            text += "\n"
        else:
            text += "\n" if float(down) else ""
            codes = (glyphs[at : at + 4].decode().upper() for at in range(0, len(glyphs), 4))
            text += "".join(characters[code] for code in codes)
    return _BLANK.sub(" ", text)


def _characters(objects: dict[int, bytes], font: bytes) -> dict[str, str]:
    """The characters of a font by the codes of its glyphs; none for other objects."""
    if b"/ToUnicode" not in font:
        return {}
    table = _stream(objects[_reference(font, b"ToUnicode")]).decode("latin-1")
    found = {}
    for first, last, start in re.findall(r"<(\w{4})> <(\w{4})> <(\w{4,})>", table):
        for place in range(int(last, 16) - int(first, 16) + 1):
            found[f"{int(first, 16) + place:04X}"] = chr(int(start, 16) + place)
    for first, _, listed in re.findall(r"<(\w{4})> <(\w{4})> \[([^\]]*)\]", table):
        for place, text in enumerate(re.findall(r"<(\w+)>", listed)):
            character = bytes.fromhex(text).decode("utf-16-be")
            found[f"{int(first, 16) + place:04X}"] = character
    return found


def _reference(body: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found is not None, name
    return int(found[1])


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]
