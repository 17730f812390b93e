"""Models as files without a window: what the command line calls."""

from pathlib import Path
from typing import Any

from spinegrader.errors import InputError
from spinegrader.services.model_files import export_model
from spinegrader.services.model_intake import import_model
from spinegrader.services.model_registry import choose_model
from spinegrader.services.session import Session
from spinegrader.services.surveys import is_simulated
from spinegrader.services.wording import RESEARCH_NOTICE


def export_run(session: Session, run: str, out: Path) -> dict[str, Any]:
    """Writes a run's model as one file.

    Returns:
        Run, file, note.

    Raises:
        InputError: If there is no such run, or the file can't be written.
        TrainingError: If the run holds no finished model.
    """
    from spinegrader.model.runs import list_runs

    runs_folder = session.store.runs_folder
    names = [card.name for card in list_runs(runs_folder)]
    if run not in names:
        there = ", ".join(names) or "none"
        raise InputError(f"There is no run “{run}”; there are: {there}.")
    file = export_model(runs_folder / run, out, is_simulated=is_simulated(session))
    return {"run": run, "file": str(file), "note": RESEARCH_NOTICE}


def import_file(session: Session, file: Path, *, use: bool) -> dict[str, Any]:
    """Brings a model in, and grades with it from now on if asked for.

    Returns:
        Run, its kind and name elsewhere, whether it is in use, note.

    Raises:
        InputError: If the file is no sound model, or can't grade and is to be used.
    """
    imported = import_model(session.store.runs_folder, file)
    card = imported.card
    if use:
        choose_model(session, card.name)
    return {
        "run": card.name,
        "kind": card.kind,
        "trained_as": "" if card.imported is None else card.imported.name,
        "in_use": use,
        "note": RESEARCH_NOTICE,
    }
