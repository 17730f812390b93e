"""Vertebrae and discs of simulated studies, cut as training takes them, in two arrays on disk.

``vertebrae.npy`` and ``discs.npy`` hold float16 volumes (number, slices, rows, columns), values 0
to 1; ``index.json`` says whose each of them is. Both arrays can be read as memory maps.
"""

import contextlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import TRAINING_LEVELS, VertebraLevel
from spinegrader.domain.numbering import Absence, MissingLevel
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.study import Plane
from spinegrader.errors import InputError
from spinegrader.imaging.crops import Crop, Shape, disc_volume, vertebra_volume
from spinegrader.imaging.volume import Volume
from spinegrader.simulate.visit import SimulatedVisit

VERTEBRAE_FILE, DISCS_FILE, INDEX_FILE = "vertebrae.npy", "discs.npy", "index.json"

_CUT_FROM = "T2"
Volume16 = npt.NDArray[np.float16]


@dataclass(frozen=True)
class ArrayShapes:
    """Slices, rows and columns of the volumes; the defaults are those of the published method."""

    vertebra: Shape = (9, 224, 224)
    disc: Shape = (9, 112, 224)


@dataclass(frozen=True, eq=False)
class StudyVolumes:
    """The volumes of one study by the name of their level, head to feet."""

    vertebrae: Mapping[str, Volume16]
    discs: Mapping[str, Volume16]


def cut_volumes(
    made: SimulatedVisit, absent: Sequence[VertebraLevel], shapes: ArrayShapes
) -> StudyVolumes:
    """Cuts T12 to S1 and the discs between them out of the T2-weighted stack, else the first one.

    Where they are cut follows from the vertebrae as a reader places them, as in a project.

    Args:
        made: The visit.
        absent: Levels that the person doesn't have.
        shapes: Of the volumes.
    """
    stacks = made.stacks
    stack = next((item for item in stacks if item.sequence.weighting == _CUT_FROM), stacks[0])
    volume = Volume(stack.pixels, made.geometry).in_reading_orientation(Plane.SAGITTAL)
    missing = tuple(MissingLevel(level, Absence.ABSENT) for level in absent)
    overlay = Overlay("", made.placed, missing=missing)
    top, bottom = TRAINING_LEVELS[0].position, TRAINING_LEVELS[-1].position
    bodies = [body for body in overlay.vertebrae if body.level in TRAINING_LEVELS]
    discs = [
        level
        for level in overlay.spaces
        if level.upper.position >= top and level.lower.position <= bottom
    ]
    return StudyVolumes(
        _cut(
            {
                str(body.level): partial(vertebra_volume, volume, overlay, body, shapes.vertebra)
                for body in bodies
            }
        ),
        _cut(
            {
                str(level): partial(disc_volume, volume, overlay, level, shapes.disc)
                for level in discs
            }
        ),
    )


def _cut(wanted: Mapping[str, Callable[[], Crop]]) -> dict[str, Volume16]:
    """Cuts what can be cut: a body that lies outside the images or shows no signal is left out."""
    volumes = {}
    for level, cut in wanted.items():
        with contextlib.suppress(InputError):
            volumes[level] = cut().astype(np.float16)
    return volumes


class ArrayWriter:
    """Appends study after study; a context manager that leaves complete files."""

    def __init__(self, folder: Path, shapes: ArrayShapes) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._vertebrae = _GrowingArray(folder / VERTEBRAE_FILE, shapes.vertebra)
        self._discs = _GrowingArray(folder / DISCS_FILE, shapes.disc)
        self._studies: list[dict[str, Any]] = []
        self._vertebra_rows: list[dict[str, Any]] = []
        self._disc_rows: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._vertebrae.close()
        self._discs.close()
        if kind is None:
            lines = [
                f'"{name}":[\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]"
                for name, rows in (
                    ("studies", self._studies),
                    ("vertebrae", self._vertebra_rows),
                    ("discs", self._disc_rows),
                )
            ]
            text = "{" + ",\n".join(lines) + "}\n"
            (self._folder / INDEX_FILE).write_text(text, encoding="utf-8", newline="\n")

    @property
    def counts(self) -> tuple[int, int]:
        """Vertebrae and discs so far."""
        return len(self._vertebra_rows), len(self._disc_rows)

    def append(
        self, patient: Mapping[str, Any], study: Mapping[str, Any], volumes: StudyVolumes
    ) -> None:
        """Adds a study.

        Args:
            patient: What is true of the person, as in the truth.
            study: What is true of the study, likewise.
            volumes: Cut from it.

        Raises:
            OSError: If they can't be written.
        """
        place = len(self._studies)
        known = {name: study[name] for name in ("uid", "date", "age_years", "scanner", "readings")}
        self._studies.append({"subject": patient["id"], "split": patient["split"]} | known)
        grades: dict[str, dict[str, int]] = defaultdict(dict)
        for item in study["grades"]:
            grades[item["disc"]][item["grading"]] = item["value"]
        for level, volume in volumes.vertebrae.items():
            self._vertebrae.append(volume)
            self._vertebra_rows.append({"study": place, "level": level})
        for disc, volume in volumes.discs.items():
            self._discs.append(volume)
            self._disc_rows.append({"study": place, "disc": disc, "grades": grades[disc]})


class _GrowingArray:
    """A ``.npy`` file that grows; its header leaves room for a longer count."""

    def __init__(self, path: Path, shape: Shape) -> None:
        self._file: BinaryIO = path.open("wb")
        self._shape = shape
        self._count = 0
        self._write_header()

    def append(self, volume: Volume16) -> None:
        self._file.write(volume.astype("<f2", copy=False).tobytes())
        self._count += 1

    def close(self) -> None:
        self._file.seek(0)
        self._write_header()
        self._file.close()

    def _write_header(self) -> None:
        np.lib.format.write_array_header_1_0(
            self._file,
            {"descr": "<f2", "fortran_order": False, "shape": (self._count, *self._shape)},
        )
