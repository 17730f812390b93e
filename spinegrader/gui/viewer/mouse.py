"""The mouse scheme as data: the viewer obeys it and the help sheet is made from it."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt


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
    WINDOW = "window"
    PAN = "pan"
    EDIT_OR_PAN = "edit or pan"
    SELECT = "select"
    FIT = "fit"


@dataclass(frozen=True)
class MouseBinding:
    """One row of a scheme.

    Args:
        action: What the hand does.
        gesture: What the viewer does.
        effect: The same in the reader's words.
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
        """What the hand does, in words, such as “Ctrl + wheel”."""
        parts = [_MODIFIER_NAMES[self.modifier], _BUTTON_NAMES[self.button], self.action.value]
        text = " ".join(part for part in parts if part)
        return text[0].upper() + text[1:]


_BUTTON_NAMES = {
    Qt.MouseButton.NoButton: "",
    Qt.MouseButton.LeftButton: "left",
    Qt.MouseButton.RightButton: "right",
    Qt.MouseButton.MiddleButton: "middle",
}
_MODIFIER_NAMES = {
    Qt.KeyboardModifier.NoModifier: "",
    Qt.KeyboardModifier.ControlModifier: "Ctrl +",
    Qt.KeyboardModifier.ShiftModifier: "Shift +",
    Qt.KeyboardModifier.AltModifier: "Alt +",
}
_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.ShiftModifier
    | Qt.KeyboardModifier.AltModifier
)


@dataclass(frozen=True)
class MouseScheme:
    """All bindings of a viewer."""

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


PACS_SCHEME = MouseScheme(
    name="PACS",
    bindings=(
        MouseBinding(MouseInput.WHEEL, Gesture.STEP_SLICES, "Next or previous slice"),
        MouseBinding(
            MouseInput.WHEEL,
            Gesture.ZOOM,
            "Zoom at the pointer",
            modifier=Qt.KeyboardModifier.ControlModifier,
        ),
        MouseBinding(
            MouseInput.DRAG,
            Gesture.WINDOW,
            "Brightness (up and down) and contrast (left and right)",
            Qt.MouseButton.RightButton,
        ),
        MouseBinding(
            MouseInput.CLICK, Gesture.SELECT, "Choose a disc or vertebra", Qt.MouseButton.LeftButton
        ),
        MouseBinding(
            MouseInput.DRAG,
            Gesture.EDIT_OR_PAN,
            "Move a corner or a vertebra; elsewhere move the image",
            Qt.MouseButton.LeftButton,
        ),
        MouseBinding(MouseInput.DRAG, Gesture.PAN, "Move the image", Qt.MouseButton.MiddleButton),
        MouseBinding(
            MouseInput.DOUBLE_CLICK, Gesture.FIT, "Fit the image", Qt.MouseButton.LeftButton
        ),
    ),
)
"""As in most picture archiving systems."""


def gestures_in_words(scheme: MouseScheme = PACS_SCHEME) -> tuple[tuple[str, str], ...]:
    """What the hand does and what it brings about, row by row, for the help sheet."""
    return tuple((binding.title, binding.effect) for binding in scheme.bindings)
