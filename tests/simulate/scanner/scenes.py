"""Small hand-made scenes for the receiver."""

from dataclasses import replace

import numpy as np

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.simulate.painting.scene import Scene, Structure
from spinegrader.simulate.scanner.protocol import Protocol
from spinegrader.simulate.scanner.scanners import SCANNERS, Coil, Scaling
from spinegrader.simulate.scanner.sequence import Sequence

T2 = Sequence("T2", 3500, 100, 17)
T1 = Sequence("T1", 550, 10, 3)
STIR = Sequence("STIR", 4000, 60, 12, inversion_time_ms=160)

PLAIN = replace(
    SCANNERS[0],
    coil=Coil(1, 100, 1e6, 1.0),
    sharpening=0.0,
    evening=0.0,
    cuts_corners=False,
    scaling=Scaling(12, False, (1000, 1000), None, adapts=False),
)
"""A scanner at 1.5 T whose coil sees everywhere alike."""


def protocol_of(*sequences, scanner=PLAIN, saturation_band=False, **sizes):
    """A protocol for ``scene_of``'s size."""
    values = {"slices": 3, "rows": 64, "columns": 64, **sizes}
    return Protocol(
        scanner=scanner,
        sequences=sequences,
        slice_thickness_mm=4.0,
        slice_distance_mm=5.0,
        samples_per_slice=1,
        saturation_band=saturation_band,
        **values,
    )


def geometry_of(protocol, pixel_mm=1.0):
    """Slices without any turn."""
    matrix = np.diag([pixel_mm, pixel_mm, protocol.slice_distance_mm, 1.0])
    shape = (protocol.slices, protocol.rows, protocol.columns)
    return VolumeGeometry.from_matrix(matrix, shape)


def scene_of(protocol, margin=(0, 0)):
    """Air everywhere, 60 mm below the skin; tests fill in what they need."""
    rows, columns = protocol.rows + 2 * margin[0], protocol.columns + 2 * margin[1]
    shape = (protocol.slices, rows, columns)
    empty = [np.zeros(shape, dtype=np.float32) for _ in range(4)]
    return Scene(
        fat=empty[0],
        water=np.zeros((len(protocol.sequences), *shape), dtype=np.float32),
        labels=np.full(shape, Structure.BACKGROUND, dtype=np.uint8),
        fluid=empty[1],
        depth_mm=empty[2] + np.float32(60),
        head_mm=empty[3],
        margin=margin,
    )
