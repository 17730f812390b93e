"""Opens a project and prints what that took: run by ``large_project`` in a fresh process."""

import json
import sys
import time
from pathlib import Path

from benchmarks.measuring import peak_mb

_EVERY = 37


def main(project: Path) -> None:
    """Opens it as a session, and reads the grades of some studies that nobody looked at yet."""
    from spinegrader.services.session import Session

    start = time.perf_counter()
    session = Session.open(project, "Dr. Abel")
    open_s = time.perf_counter() - start
    study_ms = []
    for study_uid in list(session.state.studies)[::_EVERY]:
        start = time.perf_counter()
        list(session.state.grades_of_study(study_uid))
        study_ms.append(1000 * (time.perf_counter() - start))
    # Before the counting, which walks through everything.
    most_mb = peak_mb()
    grades = sum(
        len(history)
        for study_uid in session.state.studies
        for history in session.state.grades.glance(study_uid).values()
    )
    found = {
        "open_s": open_s,
        "peak_mb": most_mb,
        "study_ms": study_ms,
        "studies": len(session.state.studies),
        "grades": grades,
    }
    print(json.dumps(found))
    session.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
