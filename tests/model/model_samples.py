"""Small synthetic volumes in which identity, level and grade can be seen."""

import numpy as np

from spinegrader.model.config import (
    AugmentConfig,
    BackboneConfig,
    FinetuneConfig,
    OptimiserConfig,
    PretrainConfig,
)
from spinegrader.model.data import GradingData, PretrainData

SHAPE = (3, 24, 24)
DAYS = (730_000, 730_400)

BACKBONE = BackboneConfig(width=0.08, hidden=32, embedding=16, pooled_grid=(2, 2), dropout=0)
STILL = AugmentConfig(
    rotation_deg=0,
    shift_columns=0,
    shift_rows=0,
    shift_slices=0,
    scale=0,
    intensity=0,
    flip_slices=False,
)
GENTLE = AugmentConfig(
    rotation_deg=5, shift_columns=0.03, shift_rows=0.03, shift_slices=0, scale=0.03, intensity=0.05
)
ADAMW = OptimiserConfig(kind="adamw", learning_rate=3e-3, weight_decay=0, schedule="constant")


def pretrain_config(**changes):
    settings = {
        "volume_shape": SHAPE,
        "backbone": BACKBONE,
        "augment": GENTLE,
        "optimiser": ADAMW,
        "epochs": 3,
        "batch_pairs": 16,
        "unit_embedding": True,
        "device": "cpu",
    }
    return PretrainConfig(**(settings | changes))


def finetune_config(**changes):
    settings = {
        "volume_shape": SHAPE,
        "backbone": BACKBONE,
        "augment": GENTLE,
        "optimiser": ADAMW,
        "epochs": 3,
        "batch_size": 16,
        "freeze": "none",
        "device": "cpu",
    }
    return FinetuneConfig(**(settings | changes))


def vertebrae(subjects, levels=(2, 3, 4), follow_up=None, seed=0):
    """Each subject has a texture of its own, each level a bar in its place, each visit a shade."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[-1 : 1 : SHAPE[1] * 1j, -1 : 1 : SHAPE[2] * 1j]
    rows = []
    for subject in range(subjects):
        texture = _texture(generator, x, y)
        token = f"subject{subject:02d}"
        days = DAYS if follow_up is None or follow_up(subject) else DAYS[:1]
        for number, day in enumerate(days):
            slope = generator.uniform(-0.08, 0.08, 2)
            shade = 0.35 + slope[0] * x + slope[1] * y
            for level in levels:
                bar = 0.25 * (np.abs(y - 0.35 * (level - 3)) < 0.1) * (x > 0.3)
                noisy = shade + texture + bar + generator.normal(scale=0.02, size=SHAPE)
                rows.append((noisy.clip(0, 1), token, day, f"{token}-{number}", level))
    volumes, names, days, studies, level_numbers = zip(*rows, strict=True)
    return PretrainData(
        np.stack(volumes).astype(np.float16), names, days, studies, np.array(level_numbers)
    )


def _texture(generator, x, y):
    waves = generator.normal(scale=0.03, size=(3, 3))
    return sum(
        waves[i, j] * np.cos((i + 1) * 2 * x + i) * np.cos((j + 1) * 2 * y + j)
        for i in range(3)
        for j in range(3)
    )


def discs(subjects, each=4, seed=0, missing=0.2):
    """Discs whose brightness is their grade, 1 to 4, and a nominal grading that is a stripe."""
    generator = np.random.default_rng(seed)
    count = subjects * each
    grade = generator.integers(0, 4, count)
    stripe = generator.integers(0, 2, count)
    volumes = 0.15 + 0.15 * grade[:, None, None, None] + np.zeros((count, *SHAPE))
    volumes[:, :, 8:16, :] += 0.2 * stripe[:, None, None, None]
    volumes += generator.normal(scale=0.02, size=volumes.shape)
    labels = {"pfirrmann": grade.astype(np.int64), "modic": stripe.astype(np.int64)}
    for values in labels.values():
        values[generator.random(count) < missing] = -1
    return GradingData(
        volumes=volumes.clip(0, 1).astype(np.float32),
        subjects=tuple(f"subject{index // each:02d}" for index in range(count)),
        labels=labels,
        class_values={"pfirrmann": (1, 2, 3, 4), "modic": (0, 1)},
        ordinal={"pfirrmann": True, "modic": False},
    )


def ignore(event):
    """Listens to nothing."""


def nobody(subject):
    """Has a follow-up."""
    return False


def never():
    """Asks for no stop."""
    return False
