"""One study of a simulated cohort: made, and written as it is asked for, in any process."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.simulate.ageing.readers import draw_readers
from spinegrader.simulate.output.arrays import ArrayShapes, StudyVolumes, cut_volumes
from spinegrader.simulate.output.attributes import Visit
from spinegrader.simulate.output.dicom_writer import write_series
from spinegrader.simulate.output.masks import MASK_FILE, convention_of, label_map, write_nifti
from spinegrader.simulate.output.truth import READERS, patient_truth, study_truth
from spinegrader.simulate.plan import PlannedVisit
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import SimulatedVisit, simulate_visit


@dataclass(frozen=True)
class StudyTask:
    """What is to be made.

    Args:
        folder: Of the cohort.
        planned: Who comes when.
        part: What the person's images are for: ``train``, ``validation`` or ``test``.
        config: What is the same in all visits.
        masks: Whether a label map is written beside the images.
        shapes: Of the volumes that take the place of files; None writes files.
    """

    folder: Path
    planned: PlannedVisit
    part: str
    config: AcquisitionConfig
    masks: bool
    shapes: ArrayShapes | None


@dataclass(frozen=True, eq=False)
class StudyResult:
    """What was made.

    Args:
        patient: What is true of the person at any age.
        study: What is true of the study.
        series: Number of series.
        files: Number of DICOM files that were written.
        volumes: Instead of files.
    """

    patient: dict[str, Any]
    study: dict[str, Any]
    series: int
    files: int
    volumes: StudyVolumes | None


def make_study(task: StudyTask) -> StudyResult:
    """Simulates and writes one study.

    Raises:
        OSError: If a file can't be written.
    """
    planned = task.planned
    person = planned.person()
    made = simulate_visit(person, planned.age_years, planned.rng(), task.config)
    visit = _named(planned, person.sex, task.config)
    patient = patient_truth(person, planned.patient_id, planned.birth_date.isoformat(), task.part)
    study = study_truth(made, visit, draw_readers(planned.seed, READERS))
    files, volumes = 0, None
    if task.shapes is None:
        files = _write_images(task, made, visit)
    else:
        absent = [VertebraLevel(name) for name in patient["numbering"]["absent"]]
        volumes = cut_volumes(made, absent, task.shapes)
    if task.masks:
        study["mask"] = _write_mask(task, made)
    return StudyResult(patient, study, len(made.stacks), files, volumes)


def _named(planned: PlannedVisit, sex: str, config: AcquisitionConfig) -> Visit:
    return Visit(
        key=f"{config}/{planned.seed}/{planned.number}/{planned.count}",
        patient_id=planned.patient_id,
        patient_name=f"Simulated^{planned.number:04d}",
        sex=sex,
        birth_date=planned.birth_date,
        at=planned.at,
        number=planned.count,
    )


def _below(planned: PlannedVisit) -> Path:
    return Path(planned.patient_id, str(planned.count))


def _write_images(task: StudyTask, made: SimulatedVisit, visit: Visit) -> int:
    below = task.folder / _below(task.planned)
    return sum(
        write_series(below / str(number), visit, number, stack, made.protocol, made.geometry)
        for number, stack in enumerate(made.stacks, start=1)
    )


def _write_mask(task: StudyTask, made: SimulatedVisit) -> dict[str, Any]:
    below = _below(task.planned)
    (task.folder / below).mkdir(parents=True, exist_ok=True)
    labels, names = label_map(made.labels, made.spine)
    write_nifti(task.folder / below / MASK_FILE, labels, made.geometry)
    return {
        "file": (below / MASK_FILE).as_posix(),
        "convention": convention_of(made.spine).value,
        "labels": dict(names),
    }
