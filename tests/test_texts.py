"""Texts come from the catalogue of the dearest language that there is."""

from spinegrader.texts import translate, use_languages
from tests.catalogues import write_catalogue


def test_without_a_catalogue_the_texts_stay_as_they_are(tmp_path):
    use_languages(["xx-YY", "xx"], tmp_path)
    assert translate("Settings") == "Settings"
    assert translate("") == ""


def test_a_catalogue_translates_what_it_has(tmp_path, english_afterwards):
    write_catalogue(tmp_path, "xx", {"Settings": "Ajustes ü"})
    use_languages(["xx-YY", "xx", "en"], tmp_path)
    assert translate("Settings") == "Ajustes ü"
    assert translate("Close") == "Close"
    # The header of the catalogue stands under the empty text.
    assert translate("") == ""


def test_what_is_less_dear_than_english_is_not_used(tmp_path, english_afterwards):
    write_catalogue(tmp_path, "xx", {"Settings": "Ajustes"})
    use_languages(["en-GB", "xx"], tmp_path)
    assert translate("Settings") == "Settings"
    use_languages(["yy", "xx", "en"], tmp_path)
    assert translate("Settings") == "Ajustes"
