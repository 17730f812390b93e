"""What a run computes on and what it learns from: plain data, put into words elsewhere."""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, Union

from pydantic import Field

from spinegrader.model.config import PairKind, Structure


@dataclass(frozen=True)
class ComputeDevice:
    """What computes.

    Args:
        kind: As torch calls it.
        name: What the driver calls a GPU; empty where it has no name of its own.
        threads: Of a CPU.
        processes: That compute together, each on such a device.
    """

    kind: Literal["cuda", "mps", "cpu"]
    name: str = ""
    threads: int = 0
    processes: int = 1


@dataclass(frozen=True)
class LearntPairs:
    """What a pre-training learns from.

    Args:
        structure: What is paired.
        pairs: Which two show the same person.
        people: To train on.
        with_follow_up: Those of them with images of two days.
        with_two_series: Those of them with two series of one study.
    """

    structure: Structure
    pairs: PairKind
    people: int
    with_follow_up: int
    with_two_series: int
    of: Literal["pairs"] = "pairs"


@dataclass(frozen=True)
class LearntGrades:
    """What a fine-tuning learns from.

    Args:
        gradings: How many are learnt.
        discs: Graded ones to train on.
        people: Theirs.
        start_from: Name of the run that it starts from; empty for scratch.
    """

    gradings: int
    discs: int
    people: int
    start_from: str
    of: Literal["grades"] = "grades"


@dataclass(frozen=True)
class LearntSlices:
    """What the detector learns from.

    Args:
        slices: To train on.
        people: Theirs.
        start_from: Name of the detector that it starts from; empty for scratch.
    """

    slices: int
    people: int
    start_from: str
    of: Literal["slices"] = "slices"


Learnt: TypeAlias = Annotated[
    Union[LearntPairs, LearntGrades, LearntSlices], Field(discriminator="of")
]
