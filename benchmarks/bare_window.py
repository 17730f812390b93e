"""The peer of the start: as little as a PySide6 program with an image can be.

Run as a program: prints when its window has been painted for the first time, then ends.
"""

import sys
import time

_STARTED = time.perf_counter()

import numpy as np  # noqa: E402 - the clock comes first
import pyqtgraph  # noqa: E402
from PySide6.QtCore import QTimer  # noqa: E402
from PySide6.QtGui import QPaintEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QMainWindow  # noqa: E402


class BareWindow(QMainWindow):
    """A window with a pyqtgraph ImageView and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.resize(1440, 900)
        image = pyqtgraph.ImageView()
        image.setImage(np.zeros((512, 512), np.uint16))
        self.setCentralWidget(image)
        self._is_painted = False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Says that it was painted, once the paint is through."""
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self._report)

    def _report(self) -> None:
        elapsed_ms = 1000 * (time.perf_counter() - _STARTED)
        print(f"first paint after {elapsed_ms:.0f} ms", flush=True)
        self.close()


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    window = BareWindow()
    window.show()
    sys.exit(app.exec())
