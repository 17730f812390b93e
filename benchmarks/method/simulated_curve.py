"""The paper's experiment on simulated people: how many graded studies pre-training saves.

    python -m benchmarks.method.simulated_curve COHORT FOLDER [--grading degeneration]

COHORT is what ``spinegrader simulate COHORT --preset paper --arrays --volumes laptop --series T2``
wrote; FOLDER gets the curve. Killed, it goes on where it was. The grades are those of one
simulated reader, in training and in the test, as in a hospital. Volumes and network are the small
ones, for two CPU cores.
"""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.method.telling import tell
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.model.data import GradingData
from spinegrader.model.learning_curve_config import LearningCurveConfig
from spinegrader.model.learning_curve_rows import ROW_NAMES, USUAL_ROWS, CurveRow
from spinegrader.model.splits import Part, subjects_in
from spinegrader.services.learning_curves import run_learning_curve
from spinegrader.services.resources import load_scheme
from spinegrader.services.simulated_arrays import SimulatedArrays

SIZES = (5, 10, 20, 40, 120, 361, 976)
"""Annotated studies; the paper's largest, and down to where a centre begins."""

READER = 1
_VALIDATING = 40
"""People whose grades choose the epoch: as many as a centre might spare."""


def main() -> None:
    """Trains what is left to train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--grading", default="degeneration")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--pretrain-epochs", type=int, default=20)
    parser.add_argument("--pretrainings", type=Path, help="a curve whose pre-trainings are taken")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--rows", nargs="+", choices=list(ROW_NAMES), default=list(USUAL_ROWS))
    chosen = parser.parse_args()
    arrays = SimulatedArrays.open(chosen.cohort / "arrays")
    scheme = load_scheme()
    discs = arrays.grading_data(scheme, [chosen.grading], reader=READER)
    if chosen.pretrainings:
        own = chosen.folder / "pretrainings"
        shutil.copytree(chosen.pretrainings / "pretrainings", own, dirs_exist_ok=True)
    config = curve_config(
        chosen.grading, chosen.rows, chosen.seeds, chosen.pretrain_epochs
    ).model_copy(update={"sizes": tuple(chosen.sizes)})
    paired = {name: arrays.pretrain_data(name) for name in config.structures}
    run_learning_curve(
        config,
        (paired, with_few_validating(discs, arrays.split), arrays.split),
        chosen.folder,
        scheme.grading(chosen.grading).name,
        tell,
        lambda: False,
        is_simulated=True,
    )


def curve_config(
    grading: str, rows: Sequence[CurveRow], seeds: int, pretrain_epochs: int
) -> LearningCurveConfig:
    """Settings: the laptop's."""
    common = {"device": "cpu", "tensorboard": False}
    pretrain = {"epochs": pretrain_epochs, "average_decay": 0.999}
    finetune = {"epochs": 10, "freeze": "conv", "average_decay": 0.99}
    return LearningCurveConfig(
        grading=grading,
        sizes=SIZES,
        rows=tuple(rows),
        seeds=seeds,
        pretrain=PretrainConfig.laptop().model_copy(update=common | pretrain),
        finetune=FinetuneConfig.laptop().model_copy(update=common | finetune),
        least_steps=300,
    )


def with_few_validating(data: GradingData, split: dict[str, Part]) -> GradingData:
    """The data with the validation people that a centre might spare."""
    left_out = set(subjects_in(split, Part.VALIDATION)[_VALIDATING:])
    kept = np.array([row for row, name in enumerate(data.subjects) if name not in left_out])
    return GradingData(
        volumes=data.volumes[kept],
        subjects=tuple(data.subjects[row] for row in kept),
        labels={name: values[kept] for name, values in data.labels.items()},
        class_values=data.class_values,
        ordinal=data.ordinal,
        studies=tuple(data.studies[row] for row in kept),
    )


if __name__ == "__main__":
    main()
