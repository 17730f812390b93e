"""What the mouse can do in a viewer, as data; the schemes themselves are in `mouse_schemes`."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt

from spinegrader.texts import for_translation, translate


class ViewerMode(StrEnum):
    """What a click means."""

    BROWSE = "browse"
    PLACE = "place"
    DISTANCE = "distance"
    ANGLE = "angle"
    ADD = "add"


class MouseInput(StrEnum):
    """What a hand does with a mouse."""

    WHEEL = "wheel"
    CLICK = "click"
    DRAG = "drag"
    DOUBLE_CLICK = "double click"


class Gesture(StrEnum):
    """What the viewer does in answer."""

    STEP_SLICES = "step slices"
    ZOOM = "zoom"
    ZOOM_UPWARDS = "zoom, upwards magnifies"
    ZOOM_DOWNWARDS = "zoom, downwards magnifies"
    WINDOW = "window"
    PAN = "pan"
    EDIT = "edit"
    EDIT_OR_PAN = "edit or pan"
    EDIT_OR_WINDOW = "edit or window"
    SELECT = "select"
    FILL = "fill the layout"


EDITING = (Gesture.EDIT, Gesture.EDIT_OR_PAN, Gesture.EDIT_OR_WINDOW)
"""They move what the overlay has where the drag begins; only elsewhere they differ."""


@dataclass(frozen=True)
class MouseBinding:
    """One row of a scheme.

    Args:
        action: What the hand does.
        gesture: What the viewer does.
        effect: The same in the reader's words, in English.
        button: Of clicks and drags; none for the wheel.
        modifier: A key that is held meanwhile.
    """

    action: MouseInput
    gesture: Gesture
    effect: str
    button: Qt.MouseButton = Qt.MouseButton.NoButton
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def title(self) -> str:
        """What the hand does, in the reader's language, such as “Ctrl + wheel”."""
        hand = translate(_HANDS[self.button, self.action])
        text = translate(_MODIFIED[self.modifier]).format(hand=hand)
        return text[0].upper() + text[1:]


_HANDS = {
    (Qt.MouseButton.NoButton, MouseInput.WHEEL): for_translation("wheel"),
    (Qt.MouseButton.LeftButton, MouseInput.CLICK): for_translation("left click"),
    (Qt.MouseButton.LeftButton, MouseInput.DOUBLE_CLICK): for_translation("left double click"),
    (Qt.MouseButton.LeftButton, MouseInput.DRAG): for_translation("left drag"),
    (Qt.MouseButton.MiddleButton, MouseInput.DRAG): for_translation("middle drag"),
    (Qt.MouseButton.RightButton, MouseInput.DRAG): for_translation("right drag"),
}
_MODIFIED = {
    Qt.KeyboardModifier.NoModifier: for_translation("{hand}"),
    Qt.KeyboardModifier.ControlModifier: for_translation("Ctrl + {hand}"),
    Qt.KeyboardModifier.ShiftModifier: for_translation("Shift + {hand}"),
    Qt.KeyboardModifier.AltModifier: for_translation("Alt + {hand}"),
}
_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.ShiftModifier
    | Qt.KeyboardModifier.AltModifier
)


@dataclass(frozen=True)
class MouseScheme:
    """All bindings of a viewer.

    Args:
        name: What the reader calls it.
        bindings: Its rows, in the order of the help sheet.
    """

    name: str
    bindings: tuple[MouseBinding, ...]

    def gesture(
        self,
        action: MouseInput,
        button: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier,
    ) -> Gesture | None:
        """What to do; a held key that means nothing here is passed over."""
        held = modifiers & _MODIFIERS
        for modifier in (held, Qt.KeyboardModifier.NoModifier):
            for binding in self.bindings:
                if (binding.action, binding.button, binding.modifier) == (action, button, modifier):
                    return binding.gesture
        return None

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What the hand does and what it brings about, in the reader's language."""
        return tuple((binding.title, translate(binding.effect)) for binding in self.bindings)
