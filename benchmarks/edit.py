"""One acknowledged edit beside a bare append and fsync of the same bytes to the same disk."""

import os
from collections.abc import Callable
from pathlib import Path

from benchmarks.material import SMALL_SERIES, read_project, working_folder
from benchmarks.measuring import BenchmarkError, Row, interleaved_ms, median, p99
from spinegrader.domain.grades import Answer
from spinegrader.services import reading
from spinegrader.services.session import Session

_PEER = "bare append and fsync"
_MOST_RATIO = 2.0


def measure(rounds: int = 1000, subjects: int = 12) -> list[Row]:
    """Grades again and again, appends to the store alone, and to a plain file, in turn.

    Raises:
        BenchmarkError: If an edit was not in the journal when it was acknowledged.
    """
    with working_folder() as folder:
        session = read_project(folder, subjects, 0, SMALL_SERIES)
        try:
            durations = _measure(session, folder, rounds)
        finally:
            session.close()
    bare = durations["bare"]
    kinds = {
        "session": "A grade, checked, kept and in the state",
        "store": "The same edit, kept by the store alone",
    }
    return [
        Row(
            f"{what}, {name} of {rounds}",
            figure(durations[kind]),
            "ms",
            figure(bare),
            _PEER,
            goal_ratio=_MOST_RATIO if (kind, name) == ("session", "median") else None,
        )
        for kind, what in kinds.items()
        for name, figure in (("median", median), ("p99", p99))
    ]


def _measure(session: Session, folder: Path, rounds: int) -> dict[str, list[float]]:
    answer, edit = _answers(session)
    answer()
    journal = max(folder.glob("project/journal/*.jsonl"), key=lambda path: path.stat().st_mtime)
    line = journal.read_bytes().splitlines(keepends=True)[-1]
    size = journal.stat().st_size
    descriptor = os.open(folder / "bare.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append_bare() -> None:
        os.write(descriptor, line)
        os.fsync(descriptor)

    try:
        durations = interleaved_ms(
            {
                "session": answer,
                "store": lambda: session.store.append(edit),
                "bare": append_bare,
            },
            rounds,
            warm_up=5,
        )
    finally:
        os.close(descriptor)
    lines = (journal.stat().st_size - size) / len(line)
    if abs(lines / (2 * (rounds + 5)) - 1) > 0.05:
        raise BenchmarkError("The journal did not grow by a line for each edit.")
    return durations


def _answers(session: Session) -> tuple[Callable[[], object], reading.SetGrade]:
    """What gives an item of the first study another grade each time, and one such edit."""
    study_uid = reading.work_list(session)[0]
    item = reading.items_of(session, study_uid)[0]
    values = session.scheme.grading(item.grading).values[:2]
    edit = reading.grade_edit(session, study_uid, item, Answer.GRADED, values[0])

    def answer() -> None:
        before = reading.own_grade(session, study_uid, item)
        value = values[0] if before is None or before.value != values[0] else values[1]
        reading.answer(session, study_uid, item, Answer.GRADED, value, seconds=1.5)

    return answer, edit
