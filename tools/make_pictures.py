"""Makes the pictures of the documentation from a real window on a demo project.

Run with a screen, or under Xvfb: ``python tools/make_pictures.py [--scale 2] [--out FOLDER]``.
Takes about four minutes, most of it training; ``--only imports``, ``reading``, ``training`` or
``agreement`` makes some.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDialog

    from spinegrader.services.session import Session

_SIZE = (1360, 850)
_DEMO = (12, 10, 1)
"""People, those who come twice, and the seed of the demo project."""


def main() -> None:
    """Parses the arguments and makes every picture in both themes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--only", choices=["imports", "reading", "training", "agreement"])
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    os.environ["QT_SCALE_FACTOR"] = str(chosen.scale)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        photographer = Photographer(chosen.out, Path(folder) / "demo", chosen.epochs)
        {
            None: photographer.make_all,
            "imports": photographer.make_imports,
            "reading": photographer.make_reading,
            "training": photographer.make_training,
            "agreement": photographer.make_agreement,
        }[chosen.only]()


class Photographer:
    """Drives the window as a reader would and keeps what it sees."""

    def __init__(self, out: Path, project: Path, epochs: int) -> None:
        from PySide6.QtWidgets import QApplication

        from spinegrader.gui.garbage import GarbageCollector
        from spinegrader.gui.main_window import MainWindow
        from spinegrader.gui.theme import apply_theme
        from spinegrader.services.demo import make_demo_project
        from spinegrader.services.settings import Settings, Theme

        make_demo_project(project, *_DEMO)
        self.out = out
        self._project = project
        self._epochs = epochs
        self._app = QApplication(sys.argv[:1])
        # As in the program, which trains on another thread.
        GarbageCollector(self._app)
        self.apply_theme: Callable[[str], None] = lambda name: apply_theme(self._app, Theme(name))
        self.apply_theme("dark")
        self.window = MainWindow(Settings(reader="Dr A"))
        self.window.resize(*_SIZE)
        self.window.show()

    def make_all(self) -> None:
        """Every picture."""
        self.keep("welcome")
        self.make_imports()
        self.make_reading()
        self._place()
        self.make_training()
        self.make_agreement()
        self.window.close()

    def make_training(self) -> None:
        """Those of training, models, Review and reports."""
        from tools.pictures_of_training import TrainingPictures

        self.window.projects.open(self._project)
        self.live(1)
        TrainingPictures(self, self._epochs).make_all()

    def make_agreement(self) -> None:
        """Those of agreement, adjudication and change over time."""
        from tools.pictures_of_agreement import AgreementPictures

        self.window.projects.open(self._project)
        self.live(1)
        AgreementPictures(self).make_all()

    def make_reading(self) -> None:
        """Those of reading."""
        from tools.pictures_of_reading import ReadingPictures

        self.window.projects.open(self._project)
        self.live(1)
        ReadingPictures(self).make_all()

    def make_imports(self) -> None:
        """The dialogs of importing; the demo project is open afterwards."""
        from spinegrader.gui.dialogs.import_mask import ImportMaskDialog
        from spinegrader.gui.dialogs.import_report import ImportReportDialog
        from spinegrader.gui.dialogs.same_person import SamePersonDialog

        window = self.window
        folder = self._project.parent
        window.projects.make(folder / "imported")
        reports: list[object] = []
        window.imports.finished.connect(reports.append)
        for number, export in enumerate(_exports(folder / "exports"), start=1):
            window.imports.start([export])
            self.live(0.5, until=lambda number=number: len(reports) == number)
            self.live(0.5, until=lambda: not window.workbench.quick_lane.is_busy)
        self.live(0.5, until=lambda: not window.workbench.detecting_lane.is_busy)
        self.keep("imported")
        window.imports.show_report()
        self._keep_open(ImportReportDialog, "import-report")
        window.imports.same_person.look()
        self.live(0.5, until=lambda: not window.workbench.quick_lane.is_busy)
        self._keep_open(SamePersonDialog, "same-person")
        window.projects.open(self._project)
        self.live(0.5)
        window.window_actions["import_mask"].trigger()
        dialog = window.findChildren(ImportMaskDialog)[-1]
        dialog.choose(_label_map(window.workbench.session, window.workbench.series_uid, folder))
        self.live(0.5, until=lambda: not window.workbench.quick_lane.is_busy)
        self._keep_open(ImportMaskDialog, "import-mask")

    def _place(self) -> None:
        """What was found on the last study; then, as if nothing was, two clicks on it."""
        from spinegrader.domain.edits import SetOverlay
        from spinegrader.services import reading

        window = self.window
        session = window.workbench.session
        window.workbench.select_study(reading.work_list(session)[-1])
        self.live(0.5)
        self.keep("found")
        for series in session.state.series_of(window.workbench.study_uid):
            session.apply(SetOverlay(series.uid, session.state.overlay(series.uid), None))
        window.read_page.actions_by_id["place"].trigger()
        self.keep("placing")
        for centre_mm in _centres_of_last_visit(("L1", "S1")):
            window.read_page.viewer.place_clicked.emit(centre_mm)
        self.live(0.5)
        self.keep("proposed")

    def _keep_open(self, kind: "type[QDialog]", name: str) -> None:
        self.live(0.5)
        dialog = self.window.findChildren(kind)[-1]
        dialog.grab().save(str(self.out / f"{name}.png"))
        dialog.reject()
        self.live(0.1)

    def keep(self, name: str) -> None:
        """The whole window in both themes."""
        for theme in ("light", "dark"):
            self.apply_theme(theme)
            self.live(0.4)
            self.window.grab().save(str(self.out / f"{name}-{theme}.png"))

    def live(self, seconds: float, until: Callable[[], bool] = lambda: True) -> None:
        """Lets the window go on at least for so long, and until something is so."""
        from PySide6.QtCore import QEventLoop, QTimer

        end = time.monotonic() + seconds
        while time.monotonic() < end or not until():
            loop = QEventLoop()
            QTimer.singleShot(20, loop.quit)
            loop.exec()


def _exports(folder: Path) -> list[Path]:
    """What two hospitals sent: two people, then one of them again under another number."""
    import pydicom

    from spinegrader.simulate.cohort import simulate_cohort

    first, second = folder / "hospital A", folder / "hospital B"
    simulate_cohort(first, 2, 1, 3)
    second.mkdir()
    files = [file for file in sorted((first / "SIM-0001").rglob("*")) if file.is_file()]
    for number, file in enumerate(files):
        dataset = pydicom.dcmread(file)
        dataset.PatientID = "B-20417"
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
            setattr(dataset, keyword, f"{dataset[keyword].value}.7")
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(second / f"IM{number:04}")
    whole = files[0].read_bytes()
    (second / "IM9000").write_bytes(whole[: len(whole) // 2])
    (second / "AUTORUN.INF").write_text("[autorun]", encoding="utf-8")
    return [first, second]


def _centres_of_last_visit(levels: tuple[str, ...]) -> list[tuple[float, float, float]]:
    """Where bodies of the demo's last study are, patient millimetres: a reader would see it."""
    from spinegrader.simulate.plan import CohortPlan
    from spinegrader.simulate.scanner.config import AcquisitionConfig
    from spinegrader.simulate.visit import simulate_visit

    *_, last = CohortPlan(*_DEMO).visits()
    made = simulate_visit(last.person(), last.age_years, last.rng(), AcquisitionConfig())
    centres = {str(body.level): body.centre_mm for body in made.setup.vertebrae(made.spine)}
    return [(float(x), float(y), float(z)) for x, y, z in (centres[level] for level in levels)]


def _label_map(session: "Session", series_uid: str, folder: Path) -> Path:
    """The series' own vertebrae, as TotalSpineSeg would label them."""
    import numpy as np
    import SimpleITK

    numbers = {"T12": 32, "S1": 50} | {f"L{number}": 40 + number for number in range(1, 6)}
    overlay = session.state.overlay(series_uid)
    geometry = session.state.series[series_uid].geometry
    labels = np.zeros(geometry.shape, np.uint16)
    rows, columns = np.indices(geometry.shape[1:])
    for vertebra in () if overlay is None else overlay.vertebrae:
        if str(vertebra.level) not in numbers:
            continue
        corners = geometry.to_index(vertebra.corners_mm)
        middle = round(float(corners[:, 2].mean()))
        inside = np.ones(rows.shape, bool)
        for (x, y, _), (further_x, further_y, _) in zip(
            corners, np.roll(corners, -1, axis=0), strict=True
        ):
            inside &= (further_x - x) * (rows - y) - (further_y - y) * (columns - x) >= 0
        labels[max(0, middle - 4) : middle + 5, inside] = numbers[str(vertebra.level)]
    image = SimpleITK.GetImageFromArray(labels)
    image.SetSpacing(geometry.spacing_mm)
    matrix = geometry.matrix[:3, :3] / geometry.spacing_mm
    image.SetDirection(matrix.ravel().tolist())
    image.SetOrigin(geometry.matrix[:3, 3].tolist())
    path = folder / "vertebrae.nii.gz"
    SimpleITK.WriteImage(image, str(path))
    return path


if __name__ == "__main__":
    # As a script it is started from the project's root, whose packages it then finds.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    main()
