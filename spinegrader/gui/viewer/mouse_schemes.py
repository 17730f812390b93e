"""The schemes to choose from: the mouse does what a reader's hand knows from another program.

In each of them a left drag that begins on a corner, an edge or a body edits the overlay, and a
click selects: those programs have no overlay of vertebrae, so nothing of theirs is lost by it.
"""

from PySide6.QtCore import Qt

from spinegrader.gui.viewer.mouse import Gesture, MouseBinding, MouseInput, MouseScheme
from spinegrader.services.settings import MouseStyle
from spinegrader.texts import for_translation

_LEFT, _MIDDLE, _RIGHT = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.MiddleButton,
    Qt.MouseButton.RightButton,
)
_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

_MOVE = for_translation("Move the image")
_WINDOW = for_translation("Brightness (up and down) and contrast (left and right)")

_COMMON = (
    MouseBinding(MouseInput.WHEEL, Gesture.STEP_SLICES, "Next or previous slice"),
    MouseBinding(MouseInput.WHEEL, Gesture.ZOOM, "Zoom at the pointer", modifier=_CTRL),
    MouseBinding(MouseInput.CLICK, Gesture.SELECT, "Choose a disc or vertebra", _LEFT),
)
_FILL = MouseBinding(
    MouseInput.DOUBLE_CLICK,
    Gesture.FILL,
    "Where several images stand side by side: this one alone, and back",
    _LEFT,
)

PACS_SCHEME = MouseScheme(
    name="PACS",
    bindings=(
        *_COMMON,
        MouseBinding(
            MouseInput.DRAG,
            Gesture.EDIT_OR_PAN,
            "Move a corner or a vertebra; elsewhere move the image",
            _LEFT,
        ),
        MouseBinding(MouseInput.DRAG, Gesture.WINDOW, _WINDOW, _RIGHT),
        MouseBinding(MouseInput.DRAG, Gesture.PAN, _MOVE, _MIDDLE),
        _FILL,
    ),
)
"""As in most picture archiving systems."""

OHIF_SCHEME = MouseScheme(
    name="OHIF Viewer",
    bindings=(
        *_COMMON,
        MouseBinding(
            MouseInput.DRAG,
            Gesture.EDIT_OR_WINDOW,
            "Move a corner or a vertebra; elsewhere brightness and contrast",
            _LEFT,
        ),
        MouseBinding(
            MouseInput.DRAG,
            Gesture.ZOOM_DOWNWARDS,
            "Zoom: down magnifies, up shrinks",
            _RIGHT,
        ),
        MouseBinding(MouseInput.DRAG, Gesture.PAN, _MOVE, _MIDDLE),
        _FILL,
    ),
)
"""As the basic viewer of OHIF 3 begins: ``initDefaultToolGroup`` in
``modes/longitudinal/src/initToolGroups.js`` (https://github.com/OHIF/Viewers) gives WindowLevel to
the primary button, Pan to the auxiliary, Zoom to the secondary one, and StackScroll to the wheel.
Downwards magnifies in ``ZoomTool.ts`` of https://github.com/cornerstonejs/cornerstone3D. Zooming
with Ctrl and the wheel is ours.
"""

SLICER_SCHEME = MouseScheme(
    name="3D Slicer",
    bindings=(
        *_COMMON,
        MouseBinding(MouseInput.DRAG, Gesture.EDIT, "Move a corner or a vertebra", _LEFT),
        MouseBinding(MouseInput.DRAG, Gesture.PAN, _MOVE, _LEFT, _SHIFT),
        MouseBinding(MouseInput.DRAG, Gesture.WINDOW, _WINDOW, _LEFT, _CTRL),
        MouseBinding(
            MouseInput.DRAG,
            Gesture.ZOOM_UPWARDS,
            "Zoom: up magnifies, down shrinks",
            _RIGHT,
        ),
        MouseBinding(MouseInput.DRAG, Gesture.PAN, _MOVE, _MIDDLE),
        _FILL,
    ),
)
"""As in slice views of 3D Slicer, table “Slice views” in its user guide
(https://slicer.readthedocs.io/en/latest/user_guide/user_interface.html): a right drag up or down
zooms in or out, Ctrl and wheel zoom, middle drag and Shift with left drag pan, a left double click
maximises. There the window has a tool of its own; here it is Ctrl and left drag.
"""

MOUSE_SCHEMES = {
    MouseStyle.PACS: PACS_SCHEME,
    MouseStyle.OHIF: OHIF_SCHEME,
    MouseStyle.SLICER: SLICER_SCHEME,
}
