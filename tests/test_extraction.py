"""The template of the catalogues has every text that the window asks for."""

import shutil

import pytest

from spinegrader.gui.actions import ALL_ACTIONS
from spinegrader.gui.menus import _MENUS
from spinegrader.gui.theme import THEME_NAMES
from spinegrader.gui.viewer.mouse import _HANDS, _MODIFIED
from spinegrader.gui.viewer.mouse_schemes import MOUSE_SCHEMES
from spinegrader.services.hanging import LAYOUTS
from tests.catalogues import texts_of
from tools.extract_texts import extract


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> set[str]:
    """The texts that were found in the code."""
    if shutil.which("xgettext") is None:
        pytest.skip("no xgettext here: install GNU gettext")
    file = tmp_path_factory.mktemp("texts") / "spinegrader.pot"
    extract(file)
    return texts_of(file)


def test_the_template_has_what_is_data(template):
    texts = {text for spec in ALL_ACTIONS for text in (spec.text, spec.tip, spec.group)}
    texts |= {row.effect for scheme in MOUSE_SCHEMES.values() for row in scheme.bindings}
    texts |= {*_MENUS, *THEME_NAMES.values(), *_HANDS.values(), *_MODIFIED.values()}
    texts |= {layout.name for layout in LAYOUTS}
    assert texts <= template


def test_the_template_has_what_is_said_in_place(template):
    assert {"Settings", "&Use this key", "Open &recent", "Mouse, as in {name}"} <= template
    assert "{key} gives a grade and stays with it." in template
