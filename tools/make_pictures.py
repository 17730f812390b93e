"""Makes the pictures of the documentation from a real window on a demo project.

Run with a screen, or under Xvfb: ``python tools/make_pictures.py [--scale 2] [--out FOLDER]``.
Takes about three minutes, most of it training.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_SIZE = (1360, 850)


def main() -> None:
    """Parses the arguments and makes every picture in both themes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--epochs", type=int, default=40)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    os.environ["QT_SCALE_FACTOR"] = str(chosen.scale)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        Photographer(chosen.out, Path(folder) / "demo", chosen.epochs).make_all()


class Photographer:
    """Drives the window as a reader would and keeps what it sees."""

    def __init__(self, out: Path, project: Path, epochs: int) -> None:
        from PySide6.QtWidgets import QApplication

        from spinegrader.gui.main_window import MainWindow
        from spinegrader.gui.theme import apply_theme
        from spinegrader.services.demo import make_demo_project
        from spinegrader.services.settings import Settings, Theme

        make_demo_project(project, 12, 10, 1)
        self._out = out
        self._project = project
        self._epochs = epochs
        self._app = QApplication(sys.argv[:1])
        self._apply: Callable[[str], None] = lambda name: apply_theme(self._app, Theme(name))
        self._apply("dark")
        self._window = MainWindow(Settings(reader="Dr A"))
        self._window.resize(*_SIZE)
        self._window.show()

    def make_all(self) -> None:
        """Every picture."""
        window = self._window
        self._keep("welcome")
        window.projects.open(self._project)
        self._keep("read")
        self._place()
        self._keep_dialog("pretrain", "pretrain-dialog")
        self._train()
        for name in ("review", "models"):
            window.show_page(f"page_{name}")
            self._live(3)
            self._keep(name)
        self._keep_dialog("finetune", "finetune-dialog")
        self._keep_dialog("predict", "predict-dialog")
        window.close()

    def _place(self) -> None:
        """Two clicks on the last study, which has no vertebrae yet."""
        from spinegrader.services import reading

        window = self._window
        session = window.workbench.session
        window.workbench.select_study(reading.work_list(session)[-1])
        self._live(0.5)
        window.read_page.actions_by_id["place"].trigger()
        self._keep("placing")
        viewer = window.read_page.viewer
        series = window.read_page.images.series
        middle = series.geometry.shape[0] // 2
        for column, row in ((117, 64), (141, 203)):
            viewer.place_clicked.emit(tuple(series.geometry.to_mm((column, row, middle))))
        self._live(0.5)
        self._keep("proposed")

    def _train(self) -> None:
        from spinegrader.gui.training.start_dialog import StartDialog

        window = self._window
        for kind in ("pretrain", "finetune", "predict"):
            window.window_actions[kind].trigger()
            dialog = window.findChildren(StartDialog)[-1]
            if hasattr(dialog.form, "epochs"):
                dialog.form.epochs.setValue(self._epochs)
            dialog.start()
            self._live(0.5, until=lambda: not window.workbench.training_lane.is_busy)
        self._live(1)

    def _keep_dialog(self, action: str, name: str) -> None:
        from spinegrader.gui.training.start_dialog import StartDialog

        self._window.window_actions[action].trigger()
        self._live(0.5)
        dialog = self._window.findChildren(StartDialog)[-1]
        dialog.grab().save(str(self._out / f"{name}.png"))
        dialog.reject()

    def _keep(self, name: str) -> None:
        for theme in ("light", "dark"):
            self._apply(theme)
            self._live(0.4)
            self._window.grab().save(str(self._out / f"{name}-{theme}.png"))

    def _live(self, seconds: float, until: Callable[[], bool] = lambda: True) -> None:
        """Lets the window go on at least for so long, and until something is so."""
        from PySide6.QtCore import QEventLoop, QTimer

        end = time.monotonic() + seconds
        while time.monotonic() < end or not until():
            loop = QEventLoop()
            QTimer.singleShot(20, loop.quit)
            loop.exec()


if __name__ == "__main__":
    main()
