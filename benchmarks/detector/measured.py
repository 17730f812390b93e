"""All figures of the detector, for the table of benchmarks and for docs/detector.md.

``python -m benchmarks.detector.measured [--weights FOLDER]`` writes the page's tables;
``python -m benchmarks detector`` does so too and keeps the few rows that matter most. Figures on
real images are left out where these are not there.
"""

import argparse
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.detector.matching import Outcome
from benchmarks.detector.mid_slice_figures import mid_slice_outcomes
from benchmarks.detector.mid_slices import RealSlice
from benchmarks.detector.not_spines import not_spines
from benchmarks.detector.pooled import pooled
from benchmarks.detector.simulated_figures import (
    SimulatedOutcome,
    calibration,
    simulated_outcomes,
)
from benchmarks.detector.simulated_people import FIELDS
from benchmarks.detector.space_figures import masked_stacks
from benchmarks.detector.space_figures import outcome_of as space_outcome
from benchmarks.detector.speed import timed
from benchmarks.detector.study_figures import is_right, study_volumes
from benchmarks.detector.weights_chosen import PLACE, chosen_finder, chosen_weights
from benchmarks.measuring import BenchmarkError, Row
from benchmarks.simulated_page import rewrite_section, table
from spinegrader.domain.study import Plane

PAGE = Path(__file__).resolve().parents[2] / "docs" / "detector.md"

_USUAL, _OTHER = 26, 3
_BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.94, 1.01)
_GOAL_S, _GOAL_MB = 1.5, 600.0
_GOALS = {"false bodies": 0.1, "centre": 1.5, "corners": 2.5}
"""On real T2-SPACE, in the figures' own units."""

_COMMON = (
    ("bodies found", "Bodies found, %", 100, 1),
    ("false bodies", "False bodies a series", 1, 2),
    ("centre", "Centre off by, mm", 1, 2),
    ("corners", "Corners off by, mm", 1, 2),
    ("discs found", "Disc outlines found, %", 100, 1),
    ("disc overlap", "Overlap of these with the disc (Dice)", 1, 2),
    ("names", "Bodies named right, %", 100, 1),
    ("series named", "Series named right, %", 100, 1),
    ("series whole", "Series complete and named right, %", 100, 1),
)
_SLICES = (
    ("bodies by count", "Bodies above S1 found, of those counted, %", 100, 1),
    ("count within one", "Count right or one cut body short, %", 100, 1),
    ("seen complete", "Complete from S1 up, as seen, %", 100, 1),
    ("seen named right", "Named right, as seen, %", 100, 1),
    ("seen whole", "Complete and named right, as seen, %", 100, 1),
)
_FLAGS = (
    ("wrong names flagged", "Wrongly named, said to be unsure, %", 100, 1),
    ("right names flagged", "Rightly named, said to be unsure, %", 100, 1),
)


@dataclass
class Measured:
    """All outcomes; empty where there are no images."""

    space: list[Outcome] = field(default_factory=list)
    slices: list[tuple[RealSlice, Outcome]] = field(default_factory=list)
    study: dict[str, bool] = field(default_factory=dict)
    simulated: list[SimulatedOutcome] = field(default_factory=list)
    not_spines: dict[str, int] = field(default_factory=dict)
    speed: dict[str, float] = field(default_factory=dict)


def measured() -> Measured:
    """Looks at everything."""
    find = chosen_finder()
    found = Measured()
    try:
        found.space = [space_outcome(stack, find) for stack in masked_stacks()]
        found.slices = mid_slice_outcomes(find)
        found.study = {
            series.description: is_right(find(volume))
            for series, volume in study_volumes(Plane.SAGITTAL)
        }
    except BenchmarkError as error:
        print(f"left out: {error}", flush=True)
    found.simulated = simulated_outcomes(find, _USUAL, _OTHER)
    found.not_spines = {name: len(find(volume).vertebrae) for name, volume in not_spines()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pixels.npy"
        np.save(path, _large_series())
        found.speed = timed(str(path))
    return found


def _large_series() -> object:
    """15 slices of 512 x 512."""
    from spinegrader.simulate.plan import person_of
    from spinegrader.simulate.scanner.config import AcquisitionConfig
    from spinegrader.simulate.visit import simulate_visit

    config = AcquisitionConfig(slices=15, rows=512, sequences=("T2",), samples_per_slice=1)
    visit = simulate_visit(person_of(5, 1), 50.0, np.random.default_rng(5), config)
    return visit.stacks[0].pixels


def rows() -> list[Row]:
    """Rows for the table of benchmarks; the page's tables are written along the way."""
    found = measured()
    write_page(found)
    usual = [item.outcome for item in found.simulated if item.group == "usual"]
    kept = []
    for name, outcomes, goals in (
        ("real T2-SPACE", found.space, _GOALS),
        ("simulated series", usual, {}),
    ):
        if outcomes:
            kept += [_row(f"{_bare(words)}, {name}", outcomes, key, factor, goals.get(key))
                     for key, words, factor, _ in _COMMON]  # fmt: skip
    for sequence in ("T1", "T2"):
        chosen = _of_sequence(found, sequence)
        if chosen:
            kept += [_row(f"{_bare(words)}, real {sequence} mid-slices", chosen, key, 100)
                     for key, words, _, _ in _SLICES]  # fmt: skip
    kept += [
        Row(f"Pictures of no spine on which vertebrae were found, of {len(found.not_spines)}",
            sum(count > 0 for count in found.not_spines.values()), "pictures", goal=0),
        Row("Vertebrae on 15 slices of 512 x 512 in a fresh process, weights loaded, median of 5",
            found.speed["load"] + found.speed["first"], "s", goal=_GOAL_S),
        Row("The next series, median of 5", found.speed["again"], "s"),
        Row("Imports before it, median of 5", found.speed["import"], "s"),
        Row("Peak memory of that process", found.speed["peak"], "MB", goal=_GOAL_MB),
    ]  # fmt: skip
    return kept


def _row(
    what: str, outcomes: Sequence[Outcome], key: str, factor: float, goal: float | None = None
) -> Row:
    """A figure with its interval in its words."""
    figure = pooled(outcomes, key)
    unit = {"centre": "mm", "corners": "mm"}.get(key, "%" if factor > 1 else "")
    digits = 1 if factor > 1 else 2
    interval = f"{factor * figure.low:.{digits}f} to {factor * figure.high:.{digits}f}"
    return Row(f"{what} ({interval}), of {figure.count}", factor * figure.value, unit, goal=goal)


def _bare(words: str) -> str:
    """A figure's words without its unit, which has a column of its own."""
    return words.removesuffix(", %").removesuffix(", mm")


def _of_sequence(found: Measured, sequence: str) -> list[Outcome]:
    return [outcome for item, outcome in found.slices if item.sequence == sequence]


def write_page(found: Measured) -> None:
    """Writes the page's tables; those of real images only where there are some."""
    weights = chosen_weights()
    sections = {
        "weights": [f"Weights `{weights.sha256[:16]}` (“{weights.name}”)."],
        "simulated": _simulated_table(found.simulated),
        "names": _names_table(found.simulated),
        "no-spine": table(("Picture", "Vertebrae found"),
                          [(name, str(count)) for name, count in found.not_spines.items()]),
        "speed": table(("15 slices of 512 x 512, fresh process", "Figure"), [
            ("Imports, s", f"{found.speed['import']:.2f}"),
            ("Weights loaded, s", f"{found.speed['load']:.2f}"),
            ("First series, s", f"{found.speed['first']:.2f}"),
            ("Next series, s", f"{found.speed['again']:.2f}"),
            ("Peak memory, MB", f"{found.speed['peak']:.0f}"),
        ]),
    }  # fmt: skip
    if found.space:
        sections["real"] = _table(_COMMON, {"T2-SPACE stacks": found.space})
        sections["mid-slices"] = _slices_table(found)
        right = [name for name, is_good in found.study.items() if is_good]
        sections["study"] = [f"Right: {len(right)} of {len(found.study)} ({', '.join(right)})."]
    for name, lines in sections.items():
        print("\n".join([f"## {name}", *lines, ""]), flush=True)
        rewrite_section(PAGE, name, lines)


def _table(
    figures: Sequence[tuple[str, str, int, int]], columns: dict[str, list[Outcome]]
) -> list[str]:
    """Figures with their intervals; one column for each group of series."""
    titles = [f"{name}, {len(outcomes)} series" for name, outcomes in columns.items()]
    lines = []
    for key, words, factor, digits in figures:
        pools = [pooled(outcomes, key) for outcomes in columns.values()]
        cells = ["–" if pool.count == 0 else f"{pool.words(factor, digits)}, of {pool.count}"
                 for pool in pools]  # fmt: skip
        lines.append((words, *cells))
    return table(("Figure (95 % interval)", *titles), lines)


def _slices_table(found: Measured) -> list[str]:
    flags = (("wrong flagged", "Wrongly named, said to be unsure, %", 100, 1),
             ("right flagged", "Rightly named, said to be unsure, %", 100, 1))  # fmt: skip
    columns = {name: _of_sequence(found, name) for name in ("T1", "T2", "SPACE")}
    return _table((*_SLICES, *flags), columns)


def _simulated_table(items: Sequence[SimulatedOutcome]) -> list[str]:
    usual = [item for item in items if item.group == "usual"]
    columns = {
        name: [item.outcome for item in usual if item.sequence == name]
        for name in ("T2", "T1", "STIR")
    }
    return _table(_COMMON, columns)


def _names_table(items: Sequence[SimulatedOutcome]) -> list[str]:
    columns = {
        f"{group}, {name}": [
            item.outcome for item in items if item.group == group and item.field == name
        ]
        for group in ("usual", "other counts")
        for name in FIELDS
    }
    figures = (*_COMMON[-2:], *_FLAGS)
    bins = calibration([item.outcome for item in items if item.group == "usual"], _BINS)
    lines = [(name, str(count), f"{100 * mean:.0f}", f"{100 * right:.0f}")
             for name, count, mean, right in bins]  # fmt: skip
    head = ("Probability given to the names, usual people", "Series", "Mean, %", "Right, %")
    return [*_table(figures, columns), "", *table(head, lines)]


def main() -> None:
    """Writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, help="folder of another detector")
    chosen = parser.parse_args()
    if chosen.weights:
        os.environ[PLACE] = str(chosen.weights)
    write_page(measured())


if __name__ == "__main__":
    main()
