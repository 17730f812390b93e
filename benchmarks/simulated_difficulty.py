"""Whether the simulated task is hard and leaks nothing: by acquisition, raw pixels, a network.

Some twenty minutes on two cores the first time; visits and trainings that are done are kept in
``build/simulated-difficulty`` and not done again, unless the simulator's code has changed.
"""

from dataclasses import replace
from pathlib import Path

from benchmarks.measuring import Row
from benchmarks.simulated_acquisition import Betrayal, acquisition_features, as_table, betrayals
from benchmarks.simulated_networks import network_accuracy, pretraining_figures
from benchmarks.simulated_page import PAGE, rewrite_section, table
from benchmarks.simulated_probes import probe_accuracy, raw_verification_area
from benchmarks.simulated_visits import VisitRecord, simulator_fingerprint, visit_records
from spinegrader.simulate.output.arrays import ArrayShapes
from spinegrader.simulate.plan import CohortPlan
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import simulate_visit

_FOLDER = Path("build") / "simulated-difficulty"
_PAIRED = CohortPlan(subjects=200, follow_ups=200, seed=31)
_COHORT = CohortPlan(subjects=600, follow_ups=120, seed=32)
_SHAPES = ArrayShapes(vertebra=(9, 64, 64), disc=(9, 32, 64))
_SMALLEST = AcquisitionConfig(slices=1, sequences=("T2",), samples_per_slice=1)
_CONFIG = AcquisitionConfig(slices=9, sequences=("T2",))
_EPOCHS = 40


def measure() -> list[Row]:
    """All of it; every figure is one of simulated people."""
    rows = []
    for name, found in acquisition_betrayals().items():
        rows += [
            Row(f"{name}: same person told by acquisition alone, {item.classifier}, AUC "
                f"({item.low:.2f} to {item.high:.2f})", item.area, "")
            for item in found
        ]  # fmt: skip
    figures = task_figures()
    rows += [
        Row("Grades of simulated discs, small network from scratch, mean class accuracy",
            100 * figures["network"], "%", 100 * figures["probe"], "linear probe on raw pixels"),
        Row("Level of simulated bodies, small network, accuracy", 100 * figures["level_accuracy"],
            "%", goal=99.99),
        Row("Same simulated person, small network, verification AUC", figures["verification_auc"],
            "", figures["raw_verification"], "distance of raw pixels"),
    ]  # fmt: skip
    _write_page(rows)
    return rows


def acquisition_betrayals() -> dict[str, tuple[Betrayal, ...]]:
    """By setting: scanners drawn at each visit, and scanners that follow the person."""
    return {
        "Scanner of the visit": _betrayals(follows=False),
        "Scanner of the person (leak)": _betrayals(follows=True),
    }


def _betrayals(*, follows: bool) -> tuple[Betrayal, ...]:
    config = replace(_SMALLEST, scanner_follows_person=follows)
    features = as_table(
        [
            acquisition_features(simulate_visit(item.person(), item.age_years, item.rng(), config))
            for item in _PAIRED.visits()
        ]
    )
    return betrayals(features[0::2], features[1::2])


def task_figures() -> dict[str, float]:
    """What raw pixels and a small network make of the same people."""
    folder = _FOLDER / simulator_fingerprint()
    records = [*visit_records(folder / "visits", _COHORT, _CONFIG, _SHAPES)]
    split = _parts(_COHORT.subjects)
    train = _of(records, split, "train")
    test = _of(records, split, "test")
    figures = {
        "probe": probe_accuracy(train, test),
        "raw_verification": raw_verification_area(train, test),
    }
    print(figures, flush=True)
    figures["network"] = network_accuracy(records, split, folder / "grading", _EPOCHS)
    print(figures, flush=True)
    return figures | pretraining_figures(records, split, folder / "pretraining", _EPOCHS)


def _parts(subjects: int) -> dict[int, str]:
    """Six of ten people train, one validates, three test: more than usual, for narrow figures."""
    return {
        number: "train" if number % 10 < 6 else "validation" if number % 10 == 6 else "test"
        for number in range(1, subjects + 1)
    }


def _of(records: list[VisitRecord], split: dict[int, str], part: str) -> list[VisitRecord]:
    return [item for item in records if split[item.subject] == part]


def _write_page(rows: list[Row]) -> None:
    lines = [
        (row.what, f"{row.ours:.2f} {row.unit}".strip(),
         "" if row.peer is None else f"{row.peer:.2f} {row.unit}".strip() + f" ({row.peer_name})")
        for row in rows
    ]  # fmt: skip
    rewrite_section(PAGE, "difficulty", table(("Simulated people", "Figure", "Beside"), lines))
