"""How many graded patients pre-training saves on real images: SPIDER's mid-slices.

    python -m benchmarks.method.real_curve FOLDER

No pair of SPIDER's images is years apart: T1, T2 and T2-SPACE of one patient stand in for two
visits, a proxy. The test patients are those whom the detector's training spared; they are in no
pair. FOLDER gets the curve; killed, it goes on where it was.
"""

import argparse
from pathlib import Path

from benchmarks.method.real_data import (
    DISC_SHAPE,
    VERTEBRA_SHAPE,
    real_disc_pairs,
    real_finetune,
    real_grades,
    real_pairs,
    real_pretrain,
    real_split,
)
from benchmarks.method.spider import real_arrays
from benchmarks.method.telling import tell
from spinegrader.model.learning_curve_config import LearningCurveConfig
from spinegrader.model.learning_curve_rows import ROW_NAMES, USUAL_ROWS
from spinegrader.services.learning_curves import run_learning_curve

SIZES = (10, 20, 40, 80)
_KEPT = Path("build/method")


def main() -> None:
    """Trains what is left to train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--pretrain-epochs", type=int, default=40)
    parser.add_argument("--rows", nargs="+", choices=list(ROW_NAMES), default=list(USUAL_ROWS))
    chosen = parser.parse_args()
    arrays = real_arrays(_KEPT, VERTEBRA_SHAPE, DISC_SHAPE)
    config = LearningCurveConfig(
        grading="pfirrmann",
        sizes=SIZES,
        rows=tuple(chosen.rows),
        seeds=chosen.seeds,
        pretrain=real_pretrain(chosen.pretrain_epochs),
        finetune=real_finetune(epochs=20),
        least_steps=500,
    )
    known = {"vertebra": real_pairs, "disc": real_disc_pairs}
    paired = {name: known[name](arrays) for name in config.structures}
    run_learning_curve(
        config,
        (paired, real_grades(arrays, ("pfirrmann",)), real_split(arrays)),
        chosen.folder,
        "Pfirrmann",
        tell,
        lambda: False,
        is_simulated=False,
    )


if __name__ == "__main__":
    main()
