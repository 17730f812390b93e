"""Which process writes a run, so that one that was killed is known at once."""

import os
import platform
from pathlib import Path

from spinegrader.errors import TrainingError
from spinegrader.model.files import read_json, write_json
from spinegrader.processes import is_running

WRITER = "writer.json"


def note_writer(run_folder: Path) -> None:
    """Writes that this process trains the run.

    Raises:
        TrainingError: If it can't be written.
    """
    writer = {"computer": platform.node(), "process": os.getpid()}
    write_json(run_folder / WRITER, writer)


def is_writer_gone(run_folder: Path) -> bool:
    """Whether the process that began or went on with the run last has surely ended.

    False where it ran on another computer, or nobody noted who it was.
    """
    if not (run_folder / WRITER).exists():
        return False
    try:
        writer = read_json(run_folder / WRITER)
    except TrainingError:
        return False
    process = writer.get("process")
    is_here = writer.get("computer") == platform.node()
    return is_here and isinstance(process, int) and not is_running(process)
