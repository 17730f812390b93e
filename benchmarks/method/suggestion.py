"""Whether suggested studies teach more than others: graded as suggested, and at random.

    python -m benchmarks.method.suggestion COHORT FOLDER [--grading degeneration]

COHORT as for ``simulated_curve``. Both ways begin with the same few studies, train from scratch,
take in as many more, and so on; the suggested ones are what the network of the stage before asks
for. A stage is written into FOLDER as soon as it is done; killed, it goes on where it was.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.method.pages import publish
from benchmarks.method.simulated_curve import READER, curve_config, with_few_validating
from benchmarks.method.telling import tell
from spinegrader.model.embedding import load_disc_embedder
from spinegrader.model.finetune import finetune
from spinegrader.model.learning_curve_subsets import CurveData
from spinegrader.model.suggestion import suggested_order
from spinegrader.services.resources import load_scheme
from spinegrader.services.simulated_arrays import SimulatedArrays

Way = Literal["random", "suggested"]
Study = tuple[str, str]

STAGES = (10, 20, 40, 80, 160)
"""Graded studies."""


@dataclass(frozen=True)
class Stage:
    """One network.

    Args:
        way: How its studies were chosen.
        seed: Of subsets and network.
        size: Graded studies.
        accuracy: Mean per-class accuracy on test people.
        kappa: With quadratic weights.
    """

    way: Way
    seed: int
    size: int
    accuracy: float
    kappa: float


def main() -> None:
    """Trains all stages that aren't there yet, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cohort", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--grading", default="degeneration")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--page", action="store_true", help="write docs/experiments too")
    chosen = parser.parse_args()
    arrays = SimulatedArrays.open(chosen.cohort / "arrays")
    discs = arrays.grading_data(load_scheme(), [chosen.grading], reader=READER)
    split = arrays.split
    data = CurveData.of(with_few_validating(discs, split), split, chosen.grading)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    stages: list[Stage] = []
    for seed in range(chosen.seeds):
        for way in ("random", "suggested"):
            stages += _Reading(data, chosen.folder, way, seed).stages()
            print("\n".join(table(stages)), flush=True)
    if chosen.page:
        publish("suggestion", "suggestion", table(stages))


class _Reading:
    """One way of going through the studies."""

    def __init__(self, data: CurveData, folder: Path, way: Way, seed: int) -> None:
        self._data = data
        self._folder = folder
        self._way: Way = way
        self._seed = seed
        self._written = folder / f"{way}-{seed}.csv"

    def stages(self) -> Iterator[Stage]:
        """Trains stage after stage."""
        known = list(self._read())
        yield from known
        order = self._data.order(self._seed)
        chosen = list(order[: STAGES[0]])
        for number, size in enumerate(STAGES):
            if number:
                chosen += self._next(order, chosen, STAGES[number - 1], size)
            if number < len(known):
                continue
            stage = self._train(chosen)
            self._write([*known, stage])
            known.append(stage)
            yield stage

    def _next(
        self, order: Sequence[Study], chosen: Sequence[Study], before: int, size: int
    ) -> list[Study]:
        if self._way == "random":
            return list(order[before:size])
        # What the last network is unsure of: its run is there, or the stage would be trained anew.
        discs = self._data.discs
        rows = self._data.rows_in(order)
        found = load_disc_embedder(self._run(before), "cpu").embed(discs.volumes[rows])
        names = [discs.studies[row] for row in rows]
        graded = {study for _, study in chosen}
        wanted = suggested_order(
            found.probabilities, found.embeddings, names, graded, size - before, self._seed
        )
        owners = {study: subject for subject, study in order}
        return [(owners[study], study) for study in wanted]

    def _run(self, size: int) -> Path:
        return self._folder / "runs" / f"{self._way}-{self._seed}-{size}"

    def _train(self, studies: Sequence[Study]) -> Stage:
        data = self._data
        curve = curve_config(data.grading, ("scratch",), 1, 1)
        steps = -(-len(data.rows_in(studies)) // curve.finetune.batch_size)
        epochs = max(curve.finetune.epochs, -(-curve.least_steps // steps))
        config = curve.finetune_of("scratch", self._seed, epochs)
        run = self._run(len(studies))
        run.mkdir(parents=True, exist_ok=True)
        subset = data.subset(studies)
        result = finetune(config, subset, data.split, run, None, tell, lambda: False)
        agreement = result.agreement[data.grading]
        return Stage(
            self._way,
            self._seed,
            len(studies),
            agreement.mean_class_accuracy or float("nan"),
            agreement.weighted_kappa or float("nan"),
        )

    def _read(self) -> Iterator[Stage]:
        if not self._written.exists():
            return
        with self._written.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                yield Stage(
                    self._way,
                    self._seed,
                    int(row["size"]),
                    float(row["accuracy"]),
                    float(row["kappa"]),
                )

    def _write(self, stages: Sequence[Stage]) -> None:
        with self._written.open("w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, [*asdict(stages[0])])
            rows.writeheader()
            rows.writerows(asdict(stage) for stage in stages)


def table(stages: Sequence[Stage]) -> list[str]:
    """Means over seeds, and the studies that the suggested order needs for random order's ends."""
    lines = [
        (
            "| Graded studies | At random, accuracy | Suggested, accuracy | At random, kappa | "
            "Suggested, kappa |"
        ),
        "|---:|---:|---:|---:|---:|",
    ]
    for size in STAGES:
        figures = [
            _mean([getattr(stage, figure) for stage in stages if _is_of(stage, way, size)])
            for figure in ("accuracy", "kappa")
            for way in ("random", "suggested")
        ]
        lines.append(f"| {size} | " + " | ".join(f"{value:.3f}" for value in figures) + " |")
    for figure in ("accuracy", "kappa"):
        curve, wanted = (
            [
                _mean([getattr(stage, figure) for stage in stages if _is_of(stage, way, size)])
                for size in STAGES
            ]
            for way in ("suggested", "random")
        )
        needed = _needed(curve, wanted[-1])
        said = "not reached" if needed is None else f"{needed:.0f} suggested studies"
        lines.append(f"\n{STAGES[-1]} studies at random ({figure} {wanted[-1]:.3f}): {said}.")
    return lines


def _is_of(stage: Stage, way: str, size: int) -> bool:
    return stage.way == way and stage.size == size


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def _needed(curve: Sequence[float], wanted: float) -> float | None:
    """Where a curve, made never to fall and joined by straight lines, reaches a value."""
    rising = np.maximum.accumulate(curve)
    if rising[0] >= wanted:
        return float(STAGES[0])
    for (low, high), (before, after) in zip(pairwise(STAGES), pairwise(rising), strict=True):
        if before < wanted <= after:
            return float(low + (high - low) * (wanted - before) / (after - before))
    return None


if __name__ == "__main__":
    main()
