"""Arrays of a simulated cohort as networks take them, without a project."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import TRAINING_LEVELS, DiscLevel, VertebraLevel
from spinegrader.domain.scheme import Scheme
from spinegrader.errors import InputError

if TYPE_CHECKING:
    from spinegrader.model.config import Structure
    from spinegrader.model.data import GradingData, PretrainData
    from spinegrader.model.splits import Part
    from spinegrader.simulate.output.arrays import ArrayShapes


@dataclass(frozen=True)
class SimulatedArrays:
    """The volumes of a simulated cohort; nothing is read before it is looked at.

    Args:
        vertebrae: Memory map, (number, slices, rows, columns), float16.
        discs: Likewise.
        studies: What is known of each study.
        vertebra_rows: Study and level of each vertebra.
        disc_rows: Study, level and true grades of each disc.
    """

    vertebrae: npt.NDArray[np.float16]
    discs: npt.NDArray[np.float16]
    studies: Sequence[Mapping[str, Any]]
    vertebra_rows: Sequence[Mapping[str, Any]]
    disc_rows: Sequence[Mapping[str, Any]]

    @classmethod
    def open(cls, folder: Path) -> "SimulatedArrays":
        """Opens the folder ``arrays`` of a cohort.

        Raises:
            InputError: If it holds no complete arrays.
        """
        from spinegrader.simulate.output.arrays import DISCS_FILE, INDEX_FILE, VERTEBRAE_FILE

        try:
            index = json.loads((folder / INDEX_FILE).read_text(encoding="utf-8"))
            vertebrae, discs = (
                np.load(folder / name, mmap_mode="r", allow_pickle=False)
                for name in (VERTEBRAE_FILE, DISCS_FILE)
            )
        except (OSError, ValueError) as error:
            raise InputError(
                f"“{folder.name}” holds no complete arrays of simulated people: write them with "
                "“spinegrader simulate DIR --arrays”, and open the folder “arrays” in DIR."
            ) from error
        return cls(vertebrae, discs, index["studies"], index["vertebrae"], index["discs"])

    @property
    def split(self) -> "dict[str, Part]":
        """Whether a person's images train, validate or test, by the person."""
        from spinegrader.model.splits import Part

        return {study["subject"]: Part(study["split"]) for study in self.studies}

    def pretrain_data(self, structure: "Structure" = "vertebra") -> "PretrainData":
        """All vertebrae or discs, as pre-training takes them."""
        from spinegrader.model.data import PretrainData

        is_disc = structure == "disc"
        rows = self.disc_rows if is_disc else self.vertebra_rows
        levels = [
            DiscLevel.parse(row["disc"]).upper if is_disc else VertebraLevel(row["level"])
            for row in rows
        ]
        known = [at for at, level in enumerate(levels) if level in TRAINING_LEVELS]
        volumes = self.discs if is_disc else self.vertebrae
        studies = [self.studies[rows[at]["study"]] for at in known]
        return PretrainData(
            volumes=volumes if len(known) == len(rows) else volumes[known],
            subjects=tuple(study["subject"] for study in studies),
            days=tuple(date.fromisoformat(study["date"]).toordinal() for study in studies),
            studies=tuple(study["uid"] for study in studies),
            series=tuple(study["uid"] for study in studies),
            scanners=tuple(_scanner_token(study["scanner"]) for study in studies),
            levels=np.array([TRAINING_LEVELS.index(levels[at]) for at in known], np.int64),
        )

    def grading_data(
        self, scheme: Scheme, gradings: Sequence[str] = (), reader: int | None = None
    ) -> "GradingData":
        """All discs with grades, as fine-tuning takes them.

        Args:
            scheme: What the grades mean.
            gradings: Which of them; none for all.
            reader: The simulated reader whose first reading counts; None for the truth.

        Raises:
            InputError: If the scheme doesn't know a grading, or there is no such reader.
        """
        from spinegrader.model.data import GradingData

        wanted = [scheme.grading(item) for item in gradings] or list(scheme.gradings)
        given = [self._grades(row, reader) for row in self.disc_rows]
        return GradingData(
            volumes=self.discs,
            subjects=tuple(self.studies[row["study"]]["subject"] for row in self.disc_rows),
            labels={
                grading.id: np.array(
                    [grading.values.index(grades[grading.id]) for grades in given], np.int64
                )
                for grading in wanted
            },
            class_values={grading.id: grading.values for grading in wanted},
            ordinal={grading.id: grading.scale == "ordinal" for grading in wanted},
            studies=tuple(self.studies[row["study"]]["uid"] for row in self.disc_rows),
        )

    def _grades(self, row: Mapping[str, Any], reader: int | None) -> Mapping[str, int]:
        if reader is None:
            grades: Mapping[str, int] = row["grades"]
            return grades
        for reading in self.studies[row["study"]]["readings"]:
            if (reading["reader"], reading["reading"]) == (reader, 1):
                values: Mapping[str, int] = reading["values"][row["disc"]]
                return values
        raise InputError(f"There is no simulated reader {reader} in these arrays.")


def _scanner_token(scanner: Mapping[str, Any]) -> str:
    """A name for the scanner; empty if nothing is known of it."""
    text = json.dumps(scanner, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16] if scanner else ""


def shapes_of(preset: str) -> "ArrayShapes":
    """Shapes of the volumes that the networks of a preset take.

    Args:
        preset: ``paper`` or ``laptop``.
    """
    from spinegrader.model.config import FinetuneConfig, PretrainConfig
    from spinegrader.simulate.output.arrays import ArrayShapes

    configs = PretrainConfig, FinetuneConfig
    vertebra, disc = (getattr(config, preset)().volume_shape for config in configs)
    return ArrayShapes(vertebra, disc)
