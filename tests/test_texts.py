"""Texts come from the catalogue of the dearest language that there is."""

from spinegrader.texts import translate, translate_count, use_languages
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


def test_a_number_chooses_the_form(tmp_path, english_afterwards):
    assert translate_count("{count} disc", "{count} discs", 1).format(count=1) == "1 disc"
    assert translate_count("{count} disc", "{count} discs", 0).format(count=0) == "0 discs"
    # Polish has a third form, for five and more.
    forms = "{count} krążek", "{count} krążki", "{count} krążków"
    write_catalogue(
        tmp_path,
        "pl",
        {
            "": "Content-Type: text/plain; charset=UTF-8\n"
            "Plural-Forms: nplurals=3; plural=(n==1 ? 0"
            " : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\n",
            "{count} disc\0{count} discs": "\0".join(forms),
        },
    )
    use_languages(["pl"], tmp_path)
    words = {n: translate_count("{count} disc", "{count} discs", n) for n in (1, 3, 5)}
    told = [text.format(count=n) for n, text in words.items()]
    assert told == ["1 krążek", "3 krążki", "5 krążków"]
