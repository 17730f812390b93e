"""Puts a fine-tuned run into ``resources/grader``, as the model that comes with the program.

``python tools/ship_grader.py RUN_FOLDER [--trained-on WORDS] [--weighting T2]``. What isn't given
is taken from the model that is shipped by now, its data sources always.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from spinegrader.model.origins import open_run, require_kind
from spinegrader.model.runs import CARD, CONFIG, WEIGHTS, RunCard, read_card, write_card
from spinegrader.services.graders import shipped_grader_folder


def main() -> None:
    """Parses the arguments and replaces the shipped model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--trained-on", default="", help="Words that follow “trained on”.")
    parser.add_argument("--weighting", action="append", help="A contrast that it learnt from.")
    chosen = parser.parse_args()
    ship(chosen.run, shipped_grader_folder(), chosen.trained_on, chosen.weighting or ())


def ship(run: Path, target: Path, trained_on: str = "", weightings: Sequence[str] = ()) -> RunCard:
    """Copies card, settings and weights of a run; its logs and checkpoints stay behind.

    Args:
        run: Folder of a finished fine-tuning run.
        target: Folder of the model that is shipped so far, whose words are kept where none
            are given.
        trained_on: What it learnt from, in words that follow “trained on”.
        weightings: Contrasts that it learnt from.

    Returns:
        The card as it is shipped.

    Raises:
        TrainingError: If the run is no sound fine-tuning run.
    """
    before = read_card(target)
    found = require_kind(open_run(run), "finetune").card
    card = found.model_copy(
        update={
            "trained_on": trained_on or found.trained_on or before.trained_on,
            "sources": found.sources or before.sources,
            "weightings": tuple(weightings) or found.weightings or before.weightings,
        }
    )
    for name in (CONFIG, WEIGHTS):
        shutil.copyfile(run / name, target / name)
    write_card(target, card)
    # A project's runs are private; this one is for all users of a computer.
    (target / CARD).chmod(0o644)
    return card


if __name__ == "__main__":
    main()
