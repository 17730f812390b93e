"""Renews project.h5 beside an open window: run by ``large_project`` in a fresh process."""

import json
import sys
import time
from pathlib import Path

from benchmarks.liveliness import Heartbeat
from benchmarks.measuring import BenchmarkError
from benchmarks.screen import live, offscreen_application

_READER = "Dr. Abel"
_REST_S = 10.0
_LIMIT_S = 600.0


def main(project: Path) -> None:
    """Opens the project in the real window, grades a disc, and waits for the new project.h5."""
    from spinegrader.domain.grades import Answer
    from spinegrader.gui.main_window import MainWindow
    from spinegrader.services import reading
    from spinegrader.services.settings import Settings

    app = offscreen_application()
    window = MainWindow(Settings(reader=_READER))
    window.show()
    start = time.perf_counter()
    if not window.projects.open(project):
        raise BenchmarkError("The project did not open.")
    app.processEvents()
    shown_s = time.perf_counter() - start
    beat = Heartbeat()
    beat.start()
    end = time.monotonic() + _REST_S
    live(lambda: time.monotonic() > end, 2 * _REST_S)
    session = window.workbench.session
    study_uid = reading.work_list(session)[-1]
    item = reading.items_of(session, study_uid)[0]
    reading.answer(session, study_uid, item, Answer.UNSURE)
    before = (project / "project.h5").stat().st_ino
    # The beat must not count what the change itself took.
    app.processEvents()
    beat.phase = "compaction"
    start = time.perf_counter()
    session.store.compact(wait=False)
    live(lambda: (project / "project.h5").stat().st_ino != before, _LIMIT_S)
    compaction_s = time.perf_counter() - start
    # A last beat, and the look at the process that has ended.
    end = time.monotonic() + 1
    live(lambda: time.monotonic() > end, 5)
    beat.stop()
    rest, meanwhile = beat.late_ms["at rest"], beat.late_ms["compaction"]
    found = {
        "shown_s": shown_s,
        "compaction_s": compaction_s,
        "longest_ms": max(meanwhile),
        "longest_at_rest_ms": max(rest),
    }
    print(json.dumps(found))
    window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
