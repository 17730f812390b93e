"""A simulated cohort on disk: DICOM studies, and beside them the truth that they were made from.

Anatomy belongs to the person, degeneration to person and age, everything else to the visit:
each of the three is drawn from random numbers of its own, so that a person is the same in every
cohort of the same seed, however many others there are.
"""

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spinegrader.domain.anatomy import STANDARD_DISCS
from spinegrader.errors import CancelledError, InputError
from spinegrader.simulate.ageing.process import grades_of
from spinegrader.simulate.output.dicom_writer import Visit, write_series
from spinegrader.simulate.painting.canal import SpinalCanal
from spinegrader.simulate.person.draw import Person, draw_person
from spinegrader.simulate.person.placement import place_spine
from spinegrader.simulate.person.spine import Spine
from spinegrader.simulate.scanner.acquisition import AcquisitionConfig, Setup, draw_setup, render
from spinegrader.simulate.scanner.tissues import Sequence, draw_protocol

TRUTH_FILE = "truth.json"
"""Name of the file below the cohort's folder that holds levels, corners and grades."""

_MOST_SUBJECTS = 9999
_DAYS_PER_YEAR = 365.25
_FIRST_DAY = dt.date(2005, 1, 3)
_FOLLOW_UP_YEARS = (8.0, 12.0)
_POSTURE_SD_DEG = 2.0
_SCANNERS = ("Simulated A 1.5T", "Simulated B 1.5T")
_BIRTH, _ANATOMY, _VISIT = 1, 2, 3


@dataclass(frozen=True)
class CohortSummary:
    """How much was written."""

    subjects: int
    studies: int
    series: int
    files: int


@dataclass(frozen=True)
class _Planned:
    """One visit that is to be simulated."""

    person: Person
    visit: Visit
    age_years: float
    seed: tuple[int, ...]


def simulate_cohort(
    folder: Path,
    subjects: int,
    follow_ups: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    stop_requested: Callable[[], bool] = lambda: False,
    config: AcquisitionConfig | None = None,
) -> CohortSummary:
    """Writes a cohort as ``<patient>/<study>/<series>/IM0001`` … and ``truth.json``.

    Args:
        folder: Empty or not there yet.
        subjects: Number of people, 1 to 9999.
        follow_ups: How many of them, the first ones, come again after 8 to 12 years.
        seed: Not negative; the same seed and sizes give the same bytes.
        progress: Called with the studies done and their total.
        stop_requested: Asked before every study.
        config: Size of the stacks.

    Raises:
        InputError: If the numbers don't fit, the folder isn't empty or can't be written.
        CancelledError: If asked to stop; what was written is removed again.
    """
    if not 1 <= subjects <= _MOST_SUBJECTS or not 0 <= follow_ups <= subjects or seed < 0:
        raise InputError(
            "A simulated cohort needs 1 to 9999 subjects, no more follow-ups than subjects, "
            "and a seed that is not negative."
        )
    folder = Path(folder)
    try:
        if folder.exists() and any(folder.iterdir()):
            raise InputError(f"“{folder.name}” is not empty: choose another folder.")
        folder.mkdir(parents=True, exist_ok=True)
        return _write_cohort(folder, subjects, follow_ups, seed, progress, stop_requested, config)
    except OSError as error:
        raise InputError(
            f"The simulated cohort could not be written to “{folder.name}”: {error.strerror}."
        ) from error


def _write_cohort(
    folder: Path,
    subjects: int,
    follow_ups: int,
    seed: int,
    progress: Callable[[int, int], None],
    stop_requested: Callable[[], bool],
    config: AcquisitionConfig | None,
) -> CohortSummary:
    sizes = config or AcquisitionConfig()
    total = subjects + follow_ups
    patients: dict[str, list[dict[str, Any]]] = {}
    files = 0
    try:
        for done, planned in enumerate(_plan(subjects, follow_ups, seed, sizes)):
            progress(done, total)
            _stop_if(stop_requested)
            truth, written = _write_study(folder, planned, sizes)
            patients.setdefault(planned.visit.patient_id, []).append(truth)
            files += written
        listed = [{"id": name, "studies": studies} for name, studies in patients.items()]
        content = {"simulated": True, "seed": seed, "patients": listed}
        (folder / TRUTH_FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    except (CancelledError, OSError):
        for number in range(1, subjects + 1):
            shutil.rmtree(folder / _patient_id(number), ignore_errors=True)
        raise
    progress(total, total)
    return CohortSummary(subjects, total, 2 * total, files)


def _stop_if(stop_requested: Callable[[], bool]) -> None:
    if stop_requested():
        raise CancelledError("Simulating was stopped; nothing was kept.")


def _patient_id(number: int) -> str:
    return f"SIM-{number:04d}"


def _plan(
    subjects: int, follow_ups: int, seed: int, config: AcquisitionConfig
) -> Iterator[_Planned]:
    """Every visit, person after person."""
    for number in range(1, subjects + 1):
        person = draw_person(number, np.random.default_rng([seed, number, _ANATOMY]))
        rng = np.random.default_rng([seed, number, _BIRTH])
        first = _FIRST_DAY + dt.timedelta(days=int(rng.integers(0, 3650)))
        birth = first - dt.timedelta(days=round(person.age_years * _DAYS_PER_YEAR))
        later = first + dt.timedelta(
            days=round(float(rng.uniform(*_FOLLOW_UP_YEARS)) * _DAYS_PER_YEAR)
        )
        days = [first, later] if number <= follow_ups else [first]
        for count, day in enumerate(days, start=1):
            at = dt.datetime.combine(day, dt.time(8 + int(rng.integers(0, 9)), 0))
            visit = Visit(
                key=f"{config}/{seed}/{number}/{count}",
                patient_id=_patient_id(number),
                patient_name=f"Simulated^{number:04d}",
                sex=person.sex,
                birth_date=birth,
                at=at,
                number=count,
                scanner=_SCANNERS[int(rng.integers(len(_SCANNERS)))],
            )
            age = (day - birth).days / _DAYS_PER_YEAR
            yield _Planned(person, visit, age, (seed, number, _VISIT, count))


def _write_study(
    folder: Path, planned: _Planned, config: AcquisitionConfig
) -> tuple[dict[str, Any], int]:
    """Simulates and writes one study: its truth, and the number of files."""
    rng = np.random.default_rng(planned.seed)
    spine = place_spine(planned.person, planned.age_years, rng.normal(0, _POSTURE_SD_DEG))
    protocol = draw_protocol(rng)
    setup = draw_setup(spine, config, rng)
    t1, t2 = render(spine, setup, protocol, config, rng)
    visit = planned.visit
    below = folder / visit.patient_id / str(visit.number)
    files = 0
    series: list[dict[str, Any]] = []
    stacks: tuple[tuple[Sequence, Any], ...] = ((protocol.t2, t2), (protocol.t1, t1))
    for number, (sequence, pixels) in enumerate(stacks, start=1):
        files += write_series(
            below / str(number),
            visit,
            number,
            sequence,
            pixels,
            setup.geometry,
            config.slice_thickness_mm,
        )
        series.append(
            {
                "uid": visit.series_uid(number),
                "weighting": sequence.weighting,
                "vertebrae": _vertebrae(spine, setup),
            }
        )
    truth = {
        "uid": visit.study_uid,
        "date": visit.at.date().isoformat(),
        "age_years": round(planned.age_years, 2),
        "series": series,
        "grades": _grades(spine),
    }
    return truth, files


def _vertebrae(spine: Spine, setup: Setup) -> list[dict[str, Any]]:
    return [
        {
            "level": str(vertebra.level),
            "corners_mm": [[round(value, 4) for value in corner] for corner in vertebra.corners_mm],
        }
        for vertebra in setup.vertebrae(spine)
    ]


def _grades(spine: Spine) -> list[dict[str, Any]]:
    canal = SpinalCanal(spine)
    return [
        {"disc": str(disc.level), "grading": grading, "value": value}
        for disc in spine.discs
        if disc.level in STANDARD_DISCS
        for grading, value in grades_of(disc.state, canal.sac_depth_mm(disc)).items()
    ]
