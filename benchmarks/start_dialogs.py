"""How long the dialogs of the Training menu hold the window up, with thousands of studies.

They tell what was found in all studies, and again at each choice.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.large_project import make_project
from benchmarks.material import working_folder
from benchmarks.measuring import BenchmarkError, Row, duration_ms, median
from benchmarks.screen import offscreen_application
from spinegrader.services.containment import containment
from spinegrader.services.session import Session
from spinegrader.services.settings import Settings
from spinegrader.store.compaction import compact_project

if TYPE_CHECKING:
    from spinegrader.gui.training.start_dialog import StartDialog

_STUDIES, _GRADES = 2_000, 100_000
_READER = "Dr. Abel"
_LOOKS = 5
_MOST_OPENING_MS, _MOST_LOOK_MS = 2_000.0, 100.0


def measure(studies: int = _STUDIES, grades: int = _GRADES) -> list[Row]:
    """Opens each dialog once, in the order of the menu, and looks again at what was found.

    Raises:
        BenchmarkError: If a dialog doesn't find the studies.
    """
    with working_folder() as folder:
        project = folder / "project"
        make_project(project, studies, grades)
        compact_project(project, containment())
        return _measured(project, f"{studies} studies and {grades} grades")


def _measured(project: Path, size: str) -> list[Row]:
    from spinegrader.gui.training.start_dialog import JobKind, StartDialog
    from spinegrader.gui.workbench import Workbench

    app = offscreen_application()
    bench = Workbench(Settings(reader=_READER))
    bench.open_session(Session.open(project, _READER))
    rows = []
    for kind in JobKind:
        start = time.perf_counter()
        dialog = StartDialog(bench, kind)
        opening_ms = 1000 * (time.perf_counter() - start)
        _check(dialog)
        looks_ms = [duration_ms(dialog.look_again) for _ in range(_LOOKS)]
        dialog.reject()
        rows += [
            Row(
                f"Opening “{dialog.windowTitle()}” in {size}",
                opening_ms,
                "ms",
                goal=_MOST_OPENING_MS,
            ),
            Row(
                f"A choice in “{dialog.windowTitle()}” in {size}, median of {_LOOKS}",
                median(looks_ms),
                "ms",
                goal=_MOST_LOOK_MS,
            ),
        ]
        app.processEvents()
    bench.close_session()
    return rows


def _check(dialog: "StartDialog") -> None:
    if not dialog.form.survey().findings:
        raise BenchmarkError(f"“{dialog.windowTitle()}” found nothing in the project.")
