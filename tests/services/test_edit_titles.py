"""What undo calls a change in another language; the journal keeps the English title."""

import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.edits import EditGroup
from spinegrader.domain.numbering import Absence
from spinegrader.services.edit_titles import title_words
from spinegrader.texts import use_languages
from tests.catalogues import write_catalogue

SPANISH = {
    "Shift levels": "Desplazar los niveles",
    "Mark {level} as {absence}": "Marcar {level}: {absence}",
    "Rename {level} to {name}": "Llamar {name} a {level}",
    "out of view": "fuera de la imagen",
}


@pytest.fixture
def spanish(tmp_path, english_afterwards):
    write_catalogue(tmp_path, "es", SPANISH)
    use_languages(["es"], tmp_path)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Shift levels", "Desplazar los niveles"),
        (f"Mark {VertebraLevel.L6} as {Absence.OUT_OF_VIEW}", "Marcar L6: fuera de la imagen"),
        ("Rename L5 to L6", "Llamar L6 a L5"),
        ("Move L4", "Move L4"),
        ("What nobody knows", "What nobody knows"),
    ],
)
def test_values_stay_and_words_are_translated(spanish, title, shown):
    edit = EditGroup(title, ())
    assert title_words(edit) == shown
    assert edit.title == title
