"""SPIDER's volumes as the trainings take them, and the settings that they are trained with."""

import numpy as np

from benchmarks.method.spider import GRADINGS, RealArrays, labels, patient_of
from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.model.config import (
    AugmentConfig,
    BackboneConfig,
    FinetuneConfig,
    OptimiserConfig,
    PretrainConfig,
)
from spinegrader.model.data import GradingData, PretrainData
from spinegrader.model.splits import Part

DISC_SHAPE = (1, 64, 128)
VERTEBRA_SHAPE = (1, 128, 128)

_VALIDATING_EVERY = 6
"""One in so many training patients chooses the epoch."""

_NOMINAL = ("spider_modic",)

_BACKBONE = BackboneConfig(
    width=0.25, through_plane=False, hidden=256, embedding=128, pooled_grid=(4, 4), dropout=0.3
)
_OPTIMISER = OptimiserConfig(kind="adamw", learning_rate=1e-3, weight_decay=0.01, schedule="cosine")
_AUGMENT = AugmentConfig(
    rotation_deg=10,
    shift_columns=0.05,
    shift_rows=0.05,
    shift_slices=0,
    flip_slices=False,
    gamma=0.3,
    noise=0.03,
)


def real_split(arrays: RealArrays) -> dict[str, Part]:
    """Test patients are those that validate the detector; the others train and choose."""
    testing = set(map(str, arrays.validating))
    patients = {patient_of(str(name)) for name in (*arrays.disc_series, *arrays.vertebra_series)}
    training = sorted(patients - testing, key=int)
    split = dict.fromkeys(sorted(patients & testing), Part.TEST)
    for place, patient in enumerate(training):
        chooses = place % _VALIDATING_EVERY == _VALIDATING_EVERY // 2
        split[patient] = Part.VALIDATION if chooses else Part.TRAIN
    return split


def real_grades(arrays: RealArrays, gradings: tuple[str, ...]) -> GradingData:
    """The discs of all T2 mid-slices."""
    rows = np.flatnonzero([str(name).endswith("_t2") for name in arrays.disc_series])
    patients = tuple(patient_of(str(arrays.disc_series[row])) for row in rows)
    known = labels(arrays, rows)
    return GradingData(
        volumes=arrays.discs[rows],
        subjects=patients,
        labels={name: known[name] for name in gradings},
        class_values={name: GRADINGS[name][1] for name in gradings},
        ordinal={name: name not in _NOMINAL for name in gradings},
        studies=patients,
    )


def real_pairs(arrays: RealArrays) -> PretrainData:
    """The vertebrae of all mid-slices; a patient has one study, of an unknown day."""
    series = tuple(map(str, arrays.vertebra_series))
    patients = tuple(map(patient_of, series))
    return PretrainData(
        volumes=arrays.vertebrae,
        subjects=patients,
        days=(0,) * len(series),
        studies=patients,
        levels=arrays.levels,
        series=series,
        weightings=tuple(name.split("_", 1)[1] for name in series),
    )


def real_disc_pairs(arrays: RealArrays) -> PretrainData:
    """The discs of all mid-slices. Their number counts from the sacrum, the level from T12."""
    count = len(TRAINING_LEVELS)
    rows = np.flatnonzero(arrays.disc_numbers < count)
    series = tuple(str(arrays.disc_series[row]) for row in rows)
    patients = tuple(map(patient_of, series))
    return PretrainData(
        volumes=arrays.discs[rows],
        subjects=patients,
        days=(0,) * len(series),
        studies=patients,
        levels=count - 1 - arrays.disc_numbers[rows],
        series=series,
        weightings=tuple(name.split("_", 1)[1] for name in series),
    )


def real_pretrain(epochs: int) -> PretrainConfig:
    """Settings of the pre-training on proxy pairs."""
    return PretrainConfig(
        volume_shape=VERTEBRA_SHAPE,
        backbone=_BACKBONE,
        augment=_AUGMENT,
        optimiser=_OPTIMISER,
        epochs=epochs,
        pairs="same-study",
        unit_embedding=True,
        average_decay=0.99,
        device="cpu",
        tensorboard=False,
    )


def real_finetune(epochs: int) -> FinetuneConfig:
    """Settings of the grading network."""
    return FinetuneConfig(
        volume_shape=DISC_SHAPE,
        backbone=_BACKBONE,
        augment=_AUGMENT,
        optimiser=_OPTIMISER,
        epochs=epochs,
        freeze="conv",
        loss="ordinal",
        average_decay=0.99,
        device="cpu",
        tensorboard=False,
    )
