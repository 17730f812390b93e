"""What people write down on a model; kept in the folder of its run and gone with it."""

from pathlib import Path

from spinegrader.errors import TrainingError

NOTE = "note.txt"
LONGEST_NOTE = 4000
"""Letters."""


def note_in(run_folder: Path) -> str:
    """The note on a run; empty where there is none."""
    try:
        text = (run_folder / NOTE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text[:LONGEST_NOTE]


def keep_note(run_folder: Path, text: str) -> None:
    """Writes the note on a run in one step, without spaces around it.

    Raises:
        TrainingError: If it is too long, the run is gone, or the disk is full.
    """
    from spinegrader.model.files import write_atomically

    fresh = text.strip()
    if fresh == note_in(run_folder):
        return
    if len(fresh) > LONGEST_NOTE:
        raise TrainingError(
            f"The note on “{run_folder.name}” has {len(fresh)} letters: shorten it to "
            f"{LONGEST_NOTE}."
        )
    write_atomically(run_folder / NOTE, fresh.encode())
