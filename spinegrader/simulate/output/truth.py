"""What is true of a simulated cohort, as plain data for ``truth.json``.

Places are patient coordinates (LPS) in millimetres, dates ISO 8601.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spinegrader import __version__
from spinegrader.domain.anatomy import REGULAR_LEVELS, VertebraLevel
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.simulate.ageing.grades import grades_of, latent_of
from spinegrader.simulate.ageing.readers import Reader
from spinegrader.simulate.output.attributes import Visit
from spinegrader.simulate.output.outlines import outlines_mm
from spinegrader.simulate.painting.canal_shape import SpinalCanal
from spinegrader.simulate.person.shapes import Person
from spinegrader.simulate.person.spine import PlacedDisc, Spine
from spinegrader.simulate.scanner.protocol import Protocol
from spinegrader.simulate.visit import SimulatedVisit

TRUTH_FILE = "truth.json"
"""Name of the file below the cohort's folder that holds all that is true of it."""

READERS = 3
"""How many readers have read every study, each of them twice."""

_READINGS = 2
_CORNER_DIGITS = 4
_OUTLINE_DIGITS = 2
_QUANTITY_DIGITS = 4


def patient_truth(person: Person, patient_id: str, birth_date: str, part: str) -> dict[str, Any]:
    """What is true of a person at any age; the studies are added to it.

    Args:
        person: The person.
        patient_id: PatientID.
        birth_date: ISO 8601.
        part: ``train``, ``validation`` or ``test``.
    """
    levels = [body.level for body in person.bodies]
    return {
        "id": patient_id,
        "number": person.number,
        "sex": person.sex,
        "birth_date": birth_date,
        "split": part,
        "numbering": {
            "transition": person.transition.name.lower(),
            "fusion": round(person.fusion, _QUANTITY_DIGITS),
            "extra": [str(item) for item in levels if item is not None and item.is_transitional],
            "absent": [str(level) for level in _absent(levels)],
        },
    }


def _absent(levels: Iterable[VertebraLevel | None]) -> list[VertebraLevel]:
    """Regular levels between the topmost and S1 that the person doesn't have."""
    there = {level for level in levels if level is not None}
    first = min(level.position for level in there)
    return [
        level
        for level in REGULAR_LEVELS
        if first < level.position < VertebraLevel.S1.position and level not in there
    ]


def study_truth(made: SimulatedVisit, visit: Visit, readers: Iterable[Reader]) -> dict[str, Any]:
    """What is true of one study.

    Args:
        made: The simulated visit.
        visit: Its names.
        readers: Who have read it.
    """
    graded = _graded(made.spine)
    vertebrae = _vertebrae(made.setup.vertebrae(made.spine))
    return {
        "uid": str(visit.study_uid),
        "date": visit.at.date().isoformat(),
        "age_years": round(visit.age_years, 2),
        "scanner": _scanner(made.protocol),
        "protocol": _protocol(made),
        "series": [
            {
                "uid": str(visit.series_uid(number)),
                "weighting": stack.sequence.weighting,
                "vertebrae": vertebrae,
            }
            for number, stack in enumerate(made.stacks, start=1)
        ],
        "placed": _vertebrae(made.placed),
        "outlines": {
            name: [[round(value, _OUTLINE_DIGITS) for value in point] for point in outline]
            for name, outline in outlines_mm(made.spine, made.setup).items()
        },
        "quantities": [_quantities(disc, _sizes(disc, made.spine)) for disc in graded],
        "grades": [
            {"disc": str(disc.level), "grading": grading, "value": value}
            for disc in graded
            for grading, value in grades_of(disc.state, **_sizes(disc, made.spine)).items()
        ],
        "readings": list(_readings(made.spine, graded, str(visit.study_uid), readers)),
    }


def _vertebrae(vertebrae: Iterable[Vertebra]) -> list[dict[str, Any]]:
    return [
        {
            "level": str(vertebra.level),
            "corners_mm": [
                [round(value, _CORNER_DIGITS) for value in corner] for corner in vertebra.corners_mm
            ],
        }
        for vertebra in vertebrae
    ]


def _graded(spine: Spine) -> list[PlacedDisc]:
    """The discs from the one below T12 to the one above S1."""
    top, bottom = VertebraLevel.T12.position, VertebraLevel.S1.position
    return [
        disc
        for disc in spine.discs
        if disc.level is not None
        and disc.level.upper.position >= top
        and disc.level.lower.position <= bottom
    ]


def _sizes(disc: PlacedDisc, spine: Spine) -> dict[str, float]:
    return {
        "sac_depth_mm": SpinalCanal(spine).sac_depth_mm(disc),
        "disc_height_mm": disc.height_mm,
        "depth_mm": disc.depth_mm,
    }


def _quantities(disc: PlacedDisc, sizes: Mapping[str, float]) -> dict[str, Any]:
    """The disc's state, and what was measured of it."""
    state = asdict(disc.state)
    state["herniation"]["kind"] = disc.state.herniation.kind.name.lower()
    measured = {"disc": str(disc.level), "width_mm": disc.width_mm, **sizes, **state}
    return {name: _rounded(value) for name, value in measured.items()}


def _rounded(value: Any) -> Any:  # noqa: ANN401 - whatever a state holds
    if isinstance(value, float):
        return round(value, _QUANTITY_DIGITS)
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_rounded(item) for item in value]
    return value


def _readings(
    spine: Spine, graded: list[PlacedDisc], study_uid: str, readers: Iterable[Reader]
) -> Iterable[dict[str, Any]]:
    """What each of the readers said, each time."""
    known = []
    for disc in graded:
        sizes = _sizes(disc, spine)
        known.append((disc, latent_of(disc.state, **sizes), grades_of(disc.state, **sizes)))
    for reader in readers:
        for reading in range(1, _READINGS + 1):
            values = {
                str(disc.level): reader.read(
                    latent, grades, study=study_uid, disc=str(disc.level), reading=reading
                )
                for disc, latent, grades in known
            }
            yield {"reader": reader.number, "reading": reading, "values": values}


def _scanner(protocol: Protocol) -> dict[str, Any]:
    scanner = protocol.scanner
    return {
        "vendor": scanner.vendor,
        "manufacturer": scanner.manufacturer,
        "model": scanner.model,
        "field_strength_t": scanner.field_strength_t,
    }


def _protocol(made: SimulatedVisit) -> dict[str, Any]:
    protocol = made.protocol
    return {
        "slices": protocol.slices,
        "rows": protocol.rows,
        "columns": protocol.columns,
        "slice_thickness_mm": _rounded(protocol.slice_thickness_mm),
        "slice_distance_mm": _rounded(protocol.slice_distance_mm),
        "saturation_band": protocol.saturation_band,
        "sequences": [
            {name: _rounded(value) for name, value in asdict(sequence).items()}
            for sequence in protocol.sequences
        ],
    }


def cohort_truth(seed: int, readers: Iterable[Reader]) -> dict[str, Any]:
    """What is true of the whole cohort."""
    return {
        "simulated": True,
        "program_version": __version__,
        "seed": seed,
        "readers": [_rounded(asdict(reader)) for reader in readers],
    }


def as_text(content: Mapping[str, Any]) -> str:
    """Compact JSON of one line."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def write_truth(path: Path, cohort: Mapping[str, Any], patients: Iterable[str]) -> None:
    """Writes the truth with one line for each person.

    Args:
        path: The file.
        cohort: Of the whole cohort.
        patients: JSON text of each person.

    Raises:
        OSError: If it can't be written.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(as_text(cohort)[:-1] + ',"patients":[\n')
        for index, text in enumerate(patients):
            file.write(("" if index == 0 else ",\n") + text)
        file.write("\n]}\n")
