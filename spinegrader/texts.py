"""Texts in the reader's language: the code says them in English, a catalogue translates them.

See docs/decisions/0011-texts.md.
"""

import gettext
from collections.abc import Sequence
from pathlib import Path

CATALOGUE = "spinegrader"
_SOURCE_LANGUAGE = "en"


class _Current:
    """The catalogue in use; the texts of the code itself at first."""

    catalogue = gettext.NullTranslations()


def use_languages(languages: Sequence[str], folder: Path) -> None:
    """Chooses the catalogue that the texts come from, for what is shown from now on.

    Args:
        languages: As desktops name them, such as “de-CH”, the dearest first. English needs no
            catalogue, so what is less dear than English is never used.
        folder: Holds ``<language>/LC_MESSAGES/spinegrader.mo``. Where it has none of the
            languages, the texts stay English.
    """
    names = [language.replace("-", "_") for language in languages]
    is_source = [name.split("_")[0] == _SOURCE_LANGUAGE for name in names]
    dearer = names[: is_source.index(True)] if True in is_source else names
    if dearer:
        _Current.catalogue = gettext.translation(CATALOGUE, folder, dearer, fallback=True)
    else:
        _Current.catalogue = gettext.NullTranslations()


def for_translation(text: str) -> str:
    """The text itself: marks it for the catalogue where it is data, and translated when shown."""
    return text


def translate_count(singular: str, plural: str, count: int) -> str:
    """The form of a text that fits a number, in the reader's language.

    The number itself goes in afterwards, by name: languages place it differently, and some have
    more than two forms.
    """
    return _Current.catalogue.ngettext(singular, plural, count)


def translate(text: str) -> str:
    """The text in the reader's language; as it is where the catalogue lacks it."""
    # To gettext the empty text is the name of the catalogue's own header.
    return _Current.catalogue.gettext(text) if text else ""
