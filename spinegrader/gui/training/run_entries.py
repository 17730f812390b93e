"""Which runs a project has, those that this window trains now included."""

import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from spinegrader.gui.training.jobs import RunJob
from spinegrader.gui.training.runs_model import RunEntry
from spinegrader.model.run_writer import writing_process
from spinegrader.model.runs import EVENTS, RunCard, list_runs
from spinegrader.processes import is_running
from spinegrader.services.detector_comparison import read_comparison
from spinegrader.services.jobs import JobState
from spinegrader.services.model_files import SIMULATED
from spinegrader.services.model_notes import note_in

_SILENT_S = 120.0
"""A run that says nothing for this long, and isn't ours, was interrupted."""


def run_entries(
    runs_folder: Path,
    jobs: Iterable[RunJob],
    *,
    is_simulated: bool,
    chosen: Collection[str] = (),
    newest: str = "",
) -> list[RunEntry]:
    """All runs, newest first; those that wait or run in this window stand on top.

    Args:
        runs_folder: The project's.
        jobs: Trainings of this window that aren't over.
        is_simulated: Whether simulated people are in the project.
        chosen: Names of the runs that the project has chosen to find vertebrae or to grade with.
        newest: Name of the run that grades as none is chosen; empty for none.
    """
    active = {job.run_folder: job for job in jobs if not job.is_over}
    cards = {runs_folder / card.name: card for card in list_runs(runs_folder)}
    entries = [
        RunEntry(folder, job.kind, _job_state(job), cards.get(folder), is_simulated)
        for folder, job in active.items()
    ]
    entries += [
        RunEntry(
            folder,
            card.kind,
            _card_state(folder, card),
            card,
            is_simulated if card.imported is None else SIMULATED in card.trained_on,
            is_in_use=folder.name in chosen or folder.name == newest,
            is_chosen=folder.name in chosen,
            note=note_in(folder),
            lacks_comparison=_lacks_comparison(folder, card),
        )
        for folder, card in cards.items()
        if folder not in active
    ]
    return entries


def _job_state(job: RunJob) -> str:
    if job.stop_requested:
        return "stopping"
    if job.state is JobState.PAUSED:
        return "paused"
    return "waiting" if job.state is JobState.WAITING else "running"


def _lacks_comparison(folder: Path, card: RunCard) -> bool:
    """Whether a detector was trained to its end and what comes then was broken off."""
    return card.kind == "detector" and card.state == "finished" and read_comparison(folder) is None


def _card_state(folder: Path, card: RunCard) -> str:
    if card.state != "running":
        return card.state
    process = writing_process(folder)
    # What this process trains is among its jobs, unless it ended without a word.
    if process is not None and (process == os.getpid() or not is_running(process)):
        return "interrupted"
    try:
        silent_s = time.time() - (folder / EVENTS).stat().st_mtime
    except OSError:
        return "interrupted"
    return "elsewhere" if silent_s < _SILENT_S else "interrupted"
