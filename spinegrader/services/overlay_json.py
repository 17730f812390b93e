"""An overlay as the command line prints it; millimetres in patient coordinates (LPS)."""

from typing import Any

from spinegrader.domain.geometry import Point
from spinegrader.domain.overlays import Overlay


def overlay_as_json(overlay: Overlay) -> dict[str, Any]:
    """Vertebrae and discs, head to feet."""
    return {
        "vertebrae": [
            {
                "level": item.level.value,
                "corners_mm": [_rounded(corner) for corner in item.corners_mm],
                "confidence": round(item.confidence, 3),
            }
            for item in overlay.vertebrae
        ],
        "discs": [
            {
                "level": str(disc.level),
                "outline_mm": [_rounded(place) for place in disc.outline_mm],
            }
            for disc in overlay.discs
        ],
    }


def _rounded(place: Point) -> list[float]:
    return [round(value, 3) for value in place]
