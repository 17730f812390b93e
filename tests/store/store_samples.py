"""Changes of every kind, and the hands that damage files."""

import contextlib
import datetime as dt
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from spinegrader.domain.anatomy import STANDARD_DISCS, TRAINING_LEVELS, DiscLevel, VertebraLevel
from spinegrader.domain.edits import (
    AddPredictions,
    Edit,
    EditGroup,
    ImportStudies,
    KeepApart,
    LinkPatients,
    LinkStudies,
    NoteSight,
    SetFlag,
    SetGrade,
    SetOverlay,
    SetReading,
    SetSetting,
)
from spinegrader.domain.flow import Flag, ReadingKey, Sight
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.grades import (
    ADJUDICATION,
    Answer,
    Grade,
    GradeKey,
    ReadingMode,
    Reason,
)
from spinegrader.domain.links import Kind
from spinegrader.domain.numbering import Absence, CountingBasis, Doubt, Numbering, Reach, Transition
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.study import Patient, Plane, Series, Stack, Study, Weighting
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.store.project import ProjectStore

NOON = dt.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)


def tilted_geometry(shape: tuple[int, int, int] = (9, 32, 48)) -> VolumeGeometry:
    angle = 0.3
    matrix = [
        [0.1, 0.02, -3.9, 31.7],
        [0.6 * np.cos(angle), 0.6 * np.sin(angle), 0.1, -88.25],
        [0.6 * np.sin(angle), -0.6 * np.cos(angle), 1 / 3, 412.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
    return VolumeGeometry.from_matrix(matrix, shape)


def vertebra(level: VertebraLevel, rng: np.random.Generator) -> Vertebra:
    places = rng.normal(size=(4, 3)) * 100
    first, second, third, fourth = ((float(x), float(y), float(z)) for x, y, z in places)
    return Vertebra(level, (first, second, third, fourth), float(rng.uniform()))


def drawn_disc(level: DiscLevel, rng: np.random.Generator) -> Disc:
    """More points than a derived one has."""
    places = rng.normal(size=(31, 3)) * 100
    return Disc(level, tuple((float(x), float(y), float(z)) for x, y, z in places))


def grade(
    study_uid: str = "1.2.3.1",
    disc: DiscLevel = STANDARD_DISCS[4],
    value: int | None = 3,
    answer: Answer = Answer.GRADED,
    revision: int = 1,
    reader: str = "Dr. Ümit Grau",
    grading: str = "pfirrmann",
    comment: str = "",
) -> Grade:
    return Grade(
        key=GradeKey(study_uid, disc, grading, reader),
        answer=answer,
        value=value,
        revision=revision,
        graded_at=NOON + dt.timedelta(seconds=revision, microseconds=1),
        seconds=1 / 3,
        prediction_visible=bool(revision % 2),
        accepted_prediction="",
        program_version="0.1.0",
        comment=comment,
        mode=ReadingMode.ASSISTED if revision % 2 else ReadingMode.BLINDED,
        reason="" if revision == 1 else Reason.CORRECTED,
    )


def studies_import() -> ImportStudies:
    full = Series(
        uid="1.2.3.1.1",
        study_uid="1.2.3.1",
        pixels="ab" * 32,
        geometry=tilted_geometry(),
        plane=Plane.SAGITTAL,
        weighting=Weighting.T2,
        description="t2_tse_sag µ",
        number=4,
        body_part="LSPINE",
        manufacturer="Maker Ω",
        field_strength_t=1.5,
        repetition_time_ms=3500.0,
        echo_time_ms=0.1 + 0.2,
        inversion_time_ms=160.0,
        slice_thickness_mm=4.0,
        window=(600.0, 1200.5),
        further_stacks=(
            Stack("12" * 32, tilted_geometry((4, 6, 8))),
            Stack("34" * 32, tilted_geometry((2, 6, 8))),
        ),
        slice_hashes=("", *(f"{number:016x}" for number in range(13)), ""),
    )
    bare = Series(
        uid="1.2.3.2.1",
        study_uid="1.2.3.2",
        pixels="cd" * 32,
        geometry=tilted_geometry((3, 5, 7)),
        plane=Plane.AXIAL,
        weighting=Weighting.UNKNOWN,
    )
    return ImportStudies(
        patients=(Patient("P1", "Ünal^Ayşe", "F", dt.date(1961, 2, 3)), Patient("P2")),
        studies=(
            Study("1.2.3.1", "P1", dt.date(2020, 5, 6), "Wirbelsäule"),
            Study("1.2.3.2", "P2"),
        ),
        series=(full, bare),
    )


def edits_of_every_kind() -> list[Edit]:
    rng = np.random.default_rng(11)
    bodies = tuple(vertebra(level, rng) for level in TRAINING_LEVELS)
    drawn = Overlay("1.2.3.1.1", bodies, OverlayState.PROPOSED, "model")
    found = replace(drawn_disc(STANDARD_DISCS[2], rng), is_found=True)
    corrected = replace(
        replace(drawn, edited_discs=(found,))
        .with_disc(drawn_disc(STANDARD_DISCS[-1], rng))
        .with_missing(VertebraLevel.T11, Absence.OUT_OF_VIEW)
        .with_missing(VertebraLevel.L6, Absence.ABSENT)
        .confirmed("Dr. Grau"),
        numbering=Numbering(
            CountingBasis.ILIOLUMBAR_LIGAMENT,
            Transition.UNDETERMINED,
            Doubt(VertebraLevel.L5, VertebraLevel.L4, Reach.ABOVE),
        ),
    )
    removed = Overlay("1.2.3.2.1", bodies[:1])
    first, second = grade(), grade(value=4, revision=2, comment="L5 sacralised “?”\nsee T1")
    second = replace(second, accepted_prediction="p-1")
    repeated = replace(first, key=replace(first.key, reading=2), prediction_visible=True)
    unsure = grade(disc=STANDARD_DISCS[0], value=None, answer=Answer.UNSURE, comment="x" * 700)
    prediction = Prediction(
        id="p-1",
        study_uid="1.2.3.1",
        series_uid="1.2.3.1.1",
        disc=DiscLevel(VertebraLevel.L5, VertebraLevel.L6),
        grading="pfirrmann",
        values=(1, 2, 3, 4, 5),
        probabilities=(0.1, 0.2, 1 / 3, 0.2, 1 - 0.5 - 1 / 3),
        run="run-1",
        model_hash="ef" * 32,
        predicted_at=NOON,
        settings='{"device": "cpu", "volume_shape": [9, 112, 224]}',
    )
    return [
        studies_import(),
        SetOverlay("1.2.3.1.1", None, drawn),
        SetOverlay("1.2.3.2.1", None, removed),
        SetOverlay("1.2.3.2.1", removed, None),
        SetGrade(None, first),
        EditGroup("Regrade", (SetGrade(first, second), SetGrade(None, unsure))),
        SetGrade(None, repeated),
        AddPredictions((prediction,)),
        SetSetting("gradings", None, '["pfirrmann", "modic"]'),
        SetSetting("readers", None, '{"á": ' + '"long text "' * 60 + "}"),
        SetSetting("theme", '"dark"', None),
        SetOverlay("1.2.3.1.1", drawn, corrected),
        LinkPatients("P2", None, "P1"),
        LinkStudies("1.2.3.2", None, "1.2.3.1"),
        LinkStudies("1.2.3.1", "1.2.3.2", None),
        KeepApart(Kind.PATIENTS, "P2", "P0", before=False, after=True),
        *edits_of_readings(),
    ]


def edits_of_readings() -> list[Edit]:
    flag = Flag("Dr. Ümit Grau", "tumour in L3?\nask “B”")
    return [
        SetFlag("1.2.3.1", None, flag),
        SetFlag("1.2.3.2", None, Flag("B")),
        SetFlag("1.2.3.2", Flag("B"), None),
        SetReading("1.2.3.1", "Dr. Ümit Grau", 1, 2),
        SetReading("1.2.3.2", "B", 2, 1),
        NoteSight(Sight(ReadingKey("1.2.3.1", "Dr. Ümit Grau", 2), NOON)),
    ]


def adjudicated() -> SetGrade:
    """The final answer where two readers differed."""
    key = GradeKey("1.2.3.1", STANDARD_DISCS[4], "pfirrmann", "Dr. Grau", ADJUDICATION)
    reason = "settles B and Dr. Ümit Grau, names hidden"
    said = replace(grade(value=2), key=key, mode=ReadingMode.ADJUDICATED, reason=reason)
    return SetGrade(None, said)


def make(store: ProjectStore, edit: Edit) -> None:
    """What the session does with a change."""
    store.state.apply(edit, store.append(edit))


def setting(name: str, value: str = "1") -> SetSetting:
    return SetSetting(name, None, value)


def only_journal(folder: Path) -> Path:
    (journal,) = (folder / "journal").iterdir()
    return journal


def alter(path: Path, change: Callable[[bytearray], None]) -> None:
    content = bytearray(path.read_bytes())
    change(content)
    path.write_bytes(content)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Without the privileges of root, for whom nothing is forbidden."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
