"""Small catalogues of texts, as gettext's own tools write them."""

import re
import struct
from collections.abc import Mapping
from pathlib import Path

from spinegrader.texts import CATALOGUE

_MAGIC = 0x950412DE


def write_catalogue(folder: Path, language: str, texts: Mapping[str, str]) -> None:
    """Writes ``texts`` as ``<language>/LC_MESSAGES/spinegrader.mo``.

    The layout is that of “The Format of GNU MO Files” in the manual of GNU gettext: a header,
    then for the texts and for the translations a table of lengths and places, then both as
    strings that end with a zero.
    """
    header = {"": "Content-Type: text/plain; charset=UTF-8\n"}
    pairs = [(a.encode(), b.encode()) for a, b in sorted((header | dict(texts)).items())]
    count, table = len(pairs), 28
    place = table + 16 * count
    entries, strings = [], b""
    for column in (0, 1):
        for pair in pairs:
            entries.append(struct.pack("<2I", len(pair[column]), place + len(strings)))
            strings += pair[column] + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, count, table, table + 8 * count, 0, place)
    target = folder / language / "LC_MESSAGES" / f"{CATALOGUE}.mo"
    target.parent.mkdir(parents=True)
    target.write_bytes(head + b"".join(entries) + strings)


def texts_of(template: Path) -> set[str]:
    """The texts in a template (a .pot file), of those with plural forms both."""
    text = template.read_text(encoding="utf-8")
    quoted = re.findall(r'^msgid(?:_plural)? ((?:".*"\n)+)', text, re.MULTILINE)
    joined = ("".join(re.findall(r'"(.*)"', lines)) for lines in quoted)
    return {each.replace(r"\"", '"').replace(r"\n", "\n") for each in joined}
