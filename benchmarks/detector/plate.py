"""A plate of what is found on simulated people, for the documentation.

``python -m benchmarks.detector.plate FOLDER`` writes ``detector-simulated.png``.
"""

import argparse
import os
from pathlib import Path

import numpy as np

from benchmarks.detector.mid_slices import RealSlice
from benchmarks.detector.simulated_people import simulated_stacks
from benchmarks.detector.weights_chosen import chosen_finder
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.imaging.detection.finding import SpineFinding
from spinegrader.imaging.volume import Volume

_SHOWN = (0, 4, 8, 1)
"""A T2, a T1 and a STIR, each of another person, and a short field of view."""


def main() -> None:
    """Draws it."""
    from PySide6.QtGui import QGuiApplication, QImage, QPainter

    from benchmarks.detector.sheets import overlay_picture

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication([])
    find = chosen_finder()
    stacks = [*simulated_stacks(3, 0)]
    pictures = []
    for number in _SHOWN:
        stack = stacks[number]
        finding = find(stack.volume)
        shown = _one_slice(stack.volume, finding)
        item = RealSlice("", number, "validation", stack.sequence, 0, shown)
        pictures.append(overlay_picture(item, finding))
    plate = QImage(
        sum(item.width() for item in pictures),
        max(item.height() for item in pictures),
        QImage.Format.Format_RGB32,
    )
    plate.fill(0)
    painter = QPainter(plate)
    left = 0
    for item in pictures:
        painter.drawImage(left, 0, item)
        left += item.width()
    painter.end()
    folder.mkdir(parents=True, exist_ok=True)
    plate.save(str(folder / "detector-simulated.png"))
    application.quit()


def _one_slice(volume: Volume, finding: SpineFinding) -> Volume:
    """The slice on which most of what was found lies."""
    places = [volume.geometry.to_index(body.centre_mm)[2] for body in finding.vertebrae]
    number = int(np.rint(np.median(places))) if places else volume.geometry.shape[0] // 2
    matrix = volume.geometry.matrix.copy()
    matrix[:3, 3] = volume.geometry.to_mm([[0, 0, number]])[0]
    pixels = volume.pixels[number : number + 1]
    return Volume(pixels, VolumeGeometry.from_matrix(matrix, pixels.shape))


if __name__ == "__main__":
    main()
