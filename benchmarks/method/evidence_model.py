"""Trains a network that has to look at defects, whose evidence maps are then measured.

    python -m benchmarks.method.evidence_model FOLDER [--people 500] [--processes 2]

FOLDER gets the simulated discs and the run. Killed, it goes on where it was.
"""

import argparse
from pathlib import Path

from benchmarks.method.defect_discs import GRADINGS, are_written, read_discs, write_discs
from benchmarks.method.simulated_curve import curve_config
from benchmarks.method.telling import tell
from spinegrader.model.config import AugmentConfig, BackboneConfig
from spinegrader.model.finetune import finetune
from spinegrader.simulate.plan import CohortPlan

RUN = "run"

_SEED = 73
"""Other people than those whom the benchmark looks at."""

_SHAPE = (9, 64, 128)
"""Of a disc: pixels of about 0.55 mm, as a defect is a few millimetres wide."""

_AUGMENT = AugmentConfig(
    rotation_deg=3, shift_columns=0.04, shift_rows=0.04, shift_slices=1, scale=0.05
)
"""As far as readers place vertebrae differently: what is small is learnt from few discs."""

_BACKBONE = BackboneConfig(kind="resnet_34_3d", width=0.125, dropout=0)
"""Learns defects in hundreds of steps, VGG-M of that width hadn't begun to (one seed)."""


def main() -> None:
    """Simulates and trains what is left."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=24)
    chosen = parser.parse_args()
    plan = CohortPlan(chosen.people, 0, _SEED)
    if not are_written(chosen.folder):
        write_discs(chosen.folder, plan, _SHAPE, chosen.processes)
    discs, split = read_discs(chosen.folder, plan)
    settings = {
        "epochs": chosen.epochs,
        "freeze": "none",
        "gradings": GRADINGS,
        "volume_shape": _SHAPE,
        "augment": _AUGMENT,
        "backbone": _BACKBONE,
    }
    config = curve_config("degeneration", ("scratch",), 1, 1).finetune.model_copy(update=settings)
    run = chosen.folder / RUN
    run.mkdir(exist_ok=True)
    finetune(config, discs, split, run, None, tell, lambda: False)


if __name__ == "__main__":
    main()
