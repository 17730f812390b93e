"""Trains the grading model that ships, on all patients of SPIDER but those whom it is tested on.

As many discs of simulated people, graded by a simulated reader, train beside them: a network of
real discs alone gave bright simulated ones, whose look it hadn't met, a grade too high.

    python -m benchmarks.method.real_model FOLDER
    python tools/ship_grader.py FOLDER/model

No patient chooses an epoch: the averaged weights of the last ones are kept. The temperature of the
probabilities is that of five networks, each on the patients whom it didn't see; the same networks
say what may be expected of other patients. Prints both. Killed, it goes on where it was.
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.method.real_data import (
    DISC_SHAPE,
    VERTEBRA_SHAPE,
    real_finetune,
    real_grades,
    real_split,
)
from benchmarks.method.simulated_curve import READER
from benchmarks.method.spider import real_arrays
from benchmarks.method.telling import tell
from spinegrader.model.calibration import calibrate, expected_calibration_error
from spinegrader.model.config import FinetuneConfig
from spinegrader.model.data import MISSING, GradingData, rows_of
from spinegrader.model.finetune import finetune
from spinegrader.model.metrics import Agreement, agreement
from spinegrader.model.predict import load_grader
from spinegrader.model.runs import read_card, write_card
from spinegrader.model.splits import Part, subjects_in
from spinegrader.services.resources import load_scheme
from spinegrader.services.simulated_arrays import SimulatedArrays
from spinegrader.simulate.cohort import simulate_cohort
from spinegrader.simulate.output.arrays import ArrayShapes
from spinegrader.simulate.scanner.config import AcquisitionConfig

GRADING = "pfirrmann"
_FOLDS = 5
_EPOCHS = 40
_MEMBERS = 4
_PEOPLE, _SEED = 110, 97
"""Simulated: other people than those of any cohort that a figure is of."""


def main() -> None:
    """Trains folds and model, and writes the temperature into the model's card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    arrays = real_arrays(Path("build/method"), VERTEBRA_SHAPE, DISC_SHAPE)
    data = with_simulated(real_grades(arrays, (GRADING,)), Path("build/method"))
    split = real_split(arrays)
    testing = subjects_in(split, Part.TEST)
    others = sorted(set(split) - set(testing), key=int)
    config = real_finetune(_EPOCHS).model_copy(
        update={"freeze": "none", "gradings": (GRADING,), "seed": 1}
    )
    backbone = config.backbone.model_copy(update={"members": _MEMBERS})
    config = config.model_copy(update={"backbone": backbone})
    odds, labels, owners = _across_folds(config, data, others, folder)
    _say("Patients that a fold didn't see", odds, labels, owners)
    temperature = calibrate(np.log(odds), labels).temperature
    model = folder / "model"
    _train(config, data, testing, model)
    card = read_card(model)
    gradings = {
        name: its.model_copy(update={"temperature": temperature})
        for name, its in card.gradings.items()
    }
    figures: dict[str, float | None] = {}
    before, tested, people = _predicted(model, data, testing)
    write_card(model, card.model_copy(update={"gradings": gradings}))
    after, _, _ = _predicted(model, data, testing)
    for name, found in (("_before", before), ("", after)):
        figures[f"{GRADING}.test_calibration_error{name}"] = expected_calibration_error(
            found, tested
        )
    write_card(
        model,
        card.model_copy(update={"gradings": gradings, "figures": card.figures | figures}),
    )
    _say("Test patients", after, tested, people)
    print(f"Temperature {temperature:.2f}; calibration error {figures}")


def _across_folds(
    config: FinetuneConfig, data: GradingData, patients: list[str], folder: Path
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], list[str]]:
    """Probabilities, classes and owners of all discs, by the network that didn't see them."""
    found = []
    for number in range(_FOLDS):
        aside = patients[number::_FOLDS]
        run = folder / f"fold{number}"
        # The test patients are in no fold.
        simulated = {name for name in data.subjects if is_simulated(name)}
        kept = data_of(data, [*patients, *sorted(simulated)])
        _train(config, kept, aside, run)
        found.append(_predicted(run, kept, aside))
    return (
        np.concatenate([odds for odds, _, _ in found]),
        np.concatenate([labels for _, labels, _ in found]),
        [owner for _, _, owners in found for owner in owners],
    )


def is_simulated(subject: str) -> bool:
    """Whether somebody is simulated, by the name."""
    return subject.startswith("SIM")


def with_simulated(data: GradingData, folder: Path) -> GradingData:
    """Adds the discs of simulated people, one visit each.

    Args:
        data: Of real ones.
        folder: Where the simulated ones are kept.
    """
    cohort = folder / f"simulated-{_PEOPLE}"
    if not (cohort / "arrays").exists():
        simulate_cohort(
            cohort, _PEOPLE, 0, _SEED, processes=2,
            config=AcquisitionConfig(sequences=("T2",)),
            arrays=ArrayShapes(VERTEBRA_SHAPE, DISC_SHAPE),
        )  # fmt: skip
    made = SimulatedArrays.open(cohort / "arrays").grading_data(load_scheme(), [GRADING], READER)
    return GradingData(
        volumes=np.concatenate([data.volumes[np.arange(len(data.volumes))], made.volumes]),
        subjects=data.subjects + made.subjects,
        labels={GRADING: np.concatenate([data.labels[GRADING], made.labels[GRADING]])},
        class_values=data.class_values,
        ordinal=data.ordinal,
        studies=data.studies + made.studies,
    )


def data_of(data: GradingData, patients: list[str]) -> GradingData:
    """The discs of some patients."""
    rows = rows_of(data.subjects, patients)
    names = tuple(data.subjects[row] for row in rows)
    return GradingData(
        volumes=data.volumes[rows],
        subjects=names,
        labels={name: values[rows] for name, values in data.labels.items()},
        class_values=data.class_values,
        ordinal=data.ordinal,
        studies=names,
    )


def _train(
    config: FinetuneConfig, data: GradingData, aside: list[str] | tuple[str, ...], run: Path
) -> None:
    split = dict.fromkeys(data.subjects, Part.TRAIN) | dict.fromkeys(aside, Part.TEST)
    run.mkdir(parents=True, exist_ok=True)
    finetune(config, data, split, run, None, tell, lambda: False)


def _predicted(
    run: Path, data: GradingData, patients: list[str] | tuple[str, ...]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], list[str]]:
    rows = rows_of(data.subjects, patients)
    rows = rows[data.labels[GRADING][rows] != MISSING]
    odds = load_grader(run, "cpu").predict(data.volumes[rows])[GRADING]
    return odds, data.labels[GRADING][rows], [data.subjects[row] for row in rows]


def _say(
    who: str,
    odds: npt.NDArray[np.float64],
    labels: npt.NDArray[np.int64],
    owners: list[str],
) -> None:
    values = (1, 2, 3, 4, 5)
    digits = np.asarray(values)
    found: Agreement = agreement(
        digits[labels], digits[odds.argmax(axis=1)], values, owners, ordinal=True
    )
    print(
        f"{who}: {found.n} discs of {len(set(owners))}; mean per-class accuracy "
        f"{found.mean_class_accuracy:.3f} {found.mean_class_accuracy_interval}, kappa "
        f"{found.weighted_kappa:.3f} {found.weighted_kappa_interval}, within one "
        f"{found.within_one:.3f} {found.within_one_interval}\n{found.confusion}",
        flush=True,
    )


if __name__ == "__main__":
    main()
