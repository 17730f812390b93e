"""Which process writes a run, so that one that was killed is known at once."""

import os
import platform
from pathlib import Path

from spinegrader.errors import TrainingError
from spinegrader.model.files import read_json, write_json

WRITER = "writer.json"


def note_writer(run_folder: Path) -> None:
    """Writes that this process trains the run.

    Raises:
        TrainingError: If it can't be written.
    """
    writer = {"computer": platform.node(), "process": os.getpid()}
    write_json(run_folder / WRITER, writer)


def writing_process(run_folder: Path) -> int | None:
    """The process of this computer that began or went on with the run last.

    None where it ran on another computer, or nobody noted who it was.
    """
    if not (run_folder / WRITER).exists():
        return None
    try:
        writer = read_json(run_folder / WRITER)
    except TrainingError:
        return None
    process = writer.get("process")
    is_here = writer.get("computer") == platform.node()
    return process if is_here and isinstance(process, int) else None
