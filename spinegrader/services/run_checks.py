"""Whether the weights and checkpoints of a project's runs are those that their cards name."""

from collections.abc import Callable, Iterator
from pathlib import Path

from spinegrader.errors import CancelledError, TrainingError
from spinegrader.store.checking.problems import Counts, Problem, ProblemKind, StepProgress

CHECKPOINT = "checkpoint.json"
"""As in ``model.checkpoint``, which loads torch."""


def run_problems(
    runs_folder: Path, counts: Counts, progress: StepProgress, stop: Callable[[], bool]
) -> Iterator[Problem]:
    """Problems of the runs; counts them.

    Raises:
        CancelledError: If the user wishes to stop.
    """
    folders = sorted(path for path in runs_folder.glob("*") if path.is_dir())
    for index, folder in enumerate(folders):
        if stop():
            raise CancelledError("Stopped.")
        progress("Runs", index, len(folders))
        counts.runs += 1
        yield from _weights_problems(folder)
        yield from _checkpoint_problems(folder)
    progress("Runs", len(folders), len(folders))


def _weights_problems(folder: Path) -> Iterator[Problem]:
    from spinegrader.model.files import sha256_of
    from spinegrader.model.runs import CARD, WEIGHTS, read_card

    try:
        card = read_card(folder)
        if not card.weights_sha256:
            return
        if sha256_of(folder / WEIGHTS) == card.weights_sha256:
            return
        # A training may just have written both.
        card = read_card(folder)
        if sha256_of(folder / WEIGHTS) == card.weights_sha256:
            return
        sentence = "The weights aren't those that the run's card names: train again."
        yield _problem(folder, WEIGHTS, sentence)
    except TrainingError as error:
        has_card = (folder / CARD).exists()
        yield _problem(folder, WEIGHTS if has_card else CARD, error.message)


def _checkpoint_problems(folder: Path) -> Iterator[Problem]:
    from spinegrader.model.files import read_json, sha256_of

    if not (folder / CHECKPOINT).exists():
        return
    for attempt in (1, 2):
        try:
            content = read_json(folder / CHECKPOINT)
            tensors = folder / Path(str(content["tensors"])).name
            if sha256_of(tensors) == content["sha256"]:
                return
        except (TrainingError, KeyError):
            # A training may just have replaced it.
            if attempt == 1:
                continue
    sentence = "The checkpoint is damaged: the run can't be resumed, its weights can be used."
    yield _problem(folder, CHECKPOINT, sentence)


def _problem(folder: Path, name: str, sentence: str) -> Problem:
    return Problem(ProblemKind.RUN_DAMAGED, f"runs/{folder.name}/{name}", sentence)
