"""Which keys are in force: the actions' own ones, and those that the reader chose instead."""

import re
from collections.abc import Mapping, Sequence

from PySide6.QtGui import QAction, QKeySequence

from spinegrader.gui.actions import (
    ALL_ACTIONS,
    DIGITS,
    READ_ACTIONS,
    ActionSpec,
    native_key,
    set_keys,
)
from spinegrader.gui.menus import menu_titles
from spinegrader.services.settings import Settings
from spinegrader.texts import translate

_SLICE_KEYS = ("Up", "Down", "PgUp", "PgDown")
_HELD_KEYS = ("Ctrl+", "Alt+", "Meta+")
_FUNCTION_KEY = re.compile(r"F\d+")

Keys = tuple[str, ...]


def portable_key(sequence: QKeySequence) -> str:
    """One key in Qt's portable writing; empty where there is none, or several in a row.

    Keys of the number pad count as those of the keyboard, as Qt itself takes them.
    """
    return sequence.toString().replace("Num+", "") if sequence.count() == 1 else ""


def keys_in_force(settings: Settings, specs: Sequence[ActionSpec] = ALL_ACTIONS) -> dict[str, Keys]:
    """The keys of every action by its id; no key stands for two.

    What the reader chose comes first: an action loses a key of its own to it. What can't be
    bound, or is no key, is passed over.
    """
    taken = set(_fixed_keys())
    in_force: dict[str, Keys] = {}
    # Sorted: those of the reader's choice first, each kind in its order.
    for spec in sorted(specs, key=lambda spec: spec.id not in settings.keys):
        wanted = settings.keys.get(spec.id, spec.keys)
        written = dict.fromkeys(portable_key(QKeySequence(key)) for key in wanted)
        in_force[spec.id] = tuple(key for key in written if key and key not in taken)
        taken.update(in_force[spec.id])
    return in_force


def keys_of(spec: ActionSpec, settings: Settings) -> Keys:
    """The keys of one action that are in force."""
    return keys_in_force(settings)[spec.id]


def key_in_force(action_id: str, settings: Settings) -> str:
    """The first key of an action as this computer writes it; empty where it has none."""
    keys = keys_in_force(settings)[action_id]
    return native_key(keys[0]) if keys else ""


def how_to(action_id: str, settings: Settings) -> str:
    """How an action is asked for, in the middle of a sentence: “press P”."""
    if key := key_in_force(action_id, settings):
        return translate("press {key}").format(key=key)
    spec = next(item for item in ALL_ACTIONS if item.id == action_id)
    return translate("choose “{action}” in the menu").format(action=spec.words)


def apply_keys(actions: Mapping[str, QAction], settings: Settings) -> None:
    """Gives actions, named by their ids, the keys that are in force."""
    in_force = keys_in_force(settings)
    for name, action in actions.items():
        set_keys(action, in_force[name])


def with_keys(settings: Settings, spec: ActionSpec, keys: Sequence[str]) -> dict[str, Keys]:
    """What ``Settings.keys`` becomes when an action gets other keys."""
    others = {name: kept for name, kept in settings.keys.items() if name != spec.id}
    own = tuple(portable_key(QKeySequence(key)) for key in spec.keys)
    return others if tuple(keys) == own else {**others, spec.id: tuple(keys)}


def why_not(key: str, spec: ActionSpec, settings: Settings) -> str:
    """Why an action can't have a key, in a sentence; empty where it can."""
    shown = native_key(key)
    if key in _fixed_keys():
        return _fixed_keys()[key].format(key=shown)
    if spec not in READ_ACTIONS and _stands_alone(key) and key not in spec.keys:
        return translate(
            "{key} alone belongs to the images and tables: take it together with Ctrl or Alt, "
            "or take a function key."
        ).format(key=shown)
    in_force = keys_in_force(settings)
    for other in ALL_ACTIONS:
        if other.id != spec.id and key in in_force[other.id]:
            return translate(
                "{key} belongs to “{action}” already: give that one another key first."
            ).format(key=shown, action=other.words)
    return ""


def _stands_alone(key: str) -> bool:
    is_function_key = _FUNCTION_KEY.fullmatch(key.removeprefix("Shift+")) is not None
    return not is_function_key and not any(held in key for held in _HELD_KEYS)


def _fixed_keys() -> dict[str, str]:
    """Keys that no action can have, and why."""
    grades = translate("{key} gives a grade and stays with it.")
    slices = translate("{key} changes the slice and stays with it.")
    menus = translate("{key} opens a menu and stays with it.")
    mnemonics = (portable_key(QKeySequence.mnemonic(title)) for title in menu_titles())
    return {
        **dict.fromkeys(DIGITS, grades),
        **dict.fromkeys(_SLICE_KEYS, slices),
        **{key: menus for key in mnemonics if key},
    }
