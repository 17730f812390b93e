"""Trains a network for all gradings of simulated people, whose evidence maps are then measured.

    python -m benchmarks.method.simulated_model COHORT FOLDER

COHORT is that of ``simulated_curve``. Killed, it goes on where it was.
"""

import argparse
from pathlib import Path

from benchmarks.method.simulated_curve import READER, curve_config
from benchmarks.method.telling import tell
from spinegrader.model.finetune import finetune
from spinegrader.services.resources import load_scheme
from spinegrader.services.simulated_arrays import SimulatedArrays

_EPOCHS = 30


def main() -> None:
    """Trains what is left to train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    arrays = SimulatedArrays.open(chosen.cohort / "arrays")
    settings = {"epochs": _EPOCHS, "freeze": "none", "gradings": ()}
    config = curve_config("degeneration", ("scratch",), 1, 1).finetune.model_copy(update=settings)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    discs = arrays.grading_data(load_scheme(), reader=READER)
    finetune(config, discs, arrays.split, chosen.folder, None, tell, lambda: False)


if __name__ == "__main__":
    main()
