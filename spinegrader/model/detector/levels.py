"""The classes that the network tells vertebrae apart by."""

from spinegrader.domain.anatomy import VertebraLevel

LEVELS: tuple[VertebraLevel, ...] = tuple(
    level for level in VertebraLevel if not level.is_transitional
)
"""T9 to S2, counted upward from the sacrum as in a person without T13 or L6.

What a picture of the lower back shows is the place above the sacrum; whether that body has another
name for having no ribs, or a rib more, is told by other images. Bodies above T9 are called T9.
"""
