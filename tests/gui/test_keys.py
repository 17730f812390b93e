"""Which keys are in force, and what can't be bound."""

import pytest
from PySide6.QtGui import QKeySequence

from spinegrader.gui.actions import ALL_ACTIONS
from spinegrader.gui.keys import (
    keys_in_force,
    keys_of,
    portable_key,
    why_not,
    with_keys,
)
from spinegrader.services.settings import Settings

SPECS = {spec.id: spec for spec in ALL_ACTIONS}


def test_at_first_every_action_has_its_own_keys():
    in_force = keys_in_force(Settings())
    for spec in ALL_ACTIONS:
        own = [QKeySequence(key) for key in spec.keys]
        assert [QKeySequence(key) for key in in_force[spec.id]] == own


def test_chosen_keys_replace_the_own_ones_and_can_be_none():
    settings = Settings(keys={"fit": ("Ctrl+F", "F5"), "unsure": ()})
    assert keys_of(SPECS["fit"], settings) == ("Ctrl+F", "F5")
    assert keys_of(SPECS["unsure"], settings) == ()
    assert keys_of(SPECS["invert"], settings) == ("I",)


def test_no_key_stands_for_two_even_if_the_file_says_so():
    settings = Settings(keys={"fit": ("I", "Ctrl+F"), "comment": ("Ctrl+F",)})
    in_force = keys_in_force(settings)
    keys = [key for keys in in_force.values() for key in keys]
    assert len(keys) == len(set(keys))
    assert "I" in in_force["fit"]
    assert in_force["invert"] == ()


@pytest.mark.parametrize("key", ["5", "0", "Up", "PgDown", "no key at all", "", "Ctrl+K, Ctrl+F"])
def test_what_cannot_be_bound_is_passed_over(key):
    assert keys_in_force(Settings(keys={"fit": (key, "F5")}))["fit"] == ("F5",)


def test_keys_of_unknown_actions_are_kept_for_the_version_that_knows_them():
    settings = Settings(keys={"of_tomorrow": ("F9",)})
    assert "of_tomorrow" not in keys_in_force(settings)
    assert with_keys(settings, SPECS["fit"], ("F5",)) == {"of_tomorrow": ("F9",), "fit": ("F5",)}


def test_going_back_to_the_own_keys_leaves_no_trace():
    settings = Settings(keys={"redo": ("F5",)})
    assert with_keys(settings, SPECS["redo"], ("Ctrl+Shift+Z", "Ctrl+Y")) == {}


@pytest.mark.parametrize(
    ("key", "action", "words"),
    [
        ("Ctrl+Z", "fit", "“Undo”"),
        ("I", "fit", "“Invert”"),
        ("7", "fit", "gives a grade"),
        ("Up", "fit", "changes the slice"),
        ("Alt+P", "fit", "opens a menu"),
        ("A", "settings", "alone belongs to the images and tables"),
        ("Shift+A", "settings", "alone belongs to the images and tables"),
    ],
)
def test_the_reason_is_told(key, action, words):
    assert words in why_not(key, SPECS[action], Settings())


@pytest.mark.parametrize(
    ("key", "action"),
    [("J", "fit"), ("F7", "settings"), ("Shift+F7", "settings"), ("?", "keys"), ("Z", "fit")],
)
def test_free_keys_can_be_had(key, action):
    assert why_not(key, SPECS[action], Settings()) == ""


def test_a_key_that_was_given_away_is_free():
    assert why_not("I", SPECS["fit"], Settings(keys={"invert": ("F5",)})) == ""


def test_the_number_pad_counts_as_the_keyboard():
    assert portable_key(QKeySequence("Num+5")) == "5"
    assert portable_key(QKeySequence("Ctrl+Num+5")) == "Ctrl+5"
