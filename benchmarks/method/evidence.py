"""Whether evidence maps point at the defect: simulated discs whose defect's place is known.

Needs a run that was fine-tuned on simulated discs and grades endplate defects or herniations:
``SPINEGRADER_BENCH_FINETUNED`` names its folder. ``evidence_model`` trains one that has to look at
defects, ``simulated_model`` one for all gradings.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.measuring import BenchmarkError, Row
from benchmarks.method.evidence_cases import Case, cases_of
from spinegrader.model.evidence import (
    DEFAULT_METHOD,
    METHODS,
    EvidenceMapper,
    Method,
    load_evidence_mapper,
)
from spinegrader.simulate.plan import CohortPlan
from spinegrader.simulate.scanner.config import AcquisitionConfig

RUN = "SPINEGRADER_BENCH_FINETUNED"

_SEED = 71
"""Another cohort than any that a network was trained on: other people."""

_VISITS = 40
_TOP_SHARE = 0.01
"""Of a map's pixels, whose middle is looked at beside the maximum."""


@dataclass(frozen=True, eq=False)
class Found:
    """A disc whose grade the network takes from its defect.

    Args:
        case: The disc.
        class_index: Its grade by the network.
    """

    case: Case
    class_index: int


def measure() -> list[Row]:
    """Hits of each method, of a network with random weights, and by chance."""
    if RUN not in os.environ:
        raise BenchmarkError(f"Set {RUN} to the folder of a fine-tuned run on simulated arrays.")
    mapper = load_evidence_mapper(Path(os.environ[RUN]))
    plan = CohortPlan(_VISITS, 0, _SEED)
    config = AcquisitionConfig(sequences=("T2",))
    cases = [case for one in plan.visits() for case in cases_of(one, config, mapper.volume_shape)]
    rows: list[Row] = []
    for grading in dict.fromkeys(case.grading for case in cases if case.grading in mapper.gradings):
        own = [case for case in cases if case.grading == grading]
        found = found_by(mapper, own)
        what = f"Grades that hang on the defect, {grading}, of {len(own)} simulated discs with one"
        rows.append(Row(what, 100 * len(found) / len(own), "%"))
        # Of a network that reads its grade from elsewhere no map can point at the defect.
        rows += _rows(mapper, found, grading) if found else []
    if not rows:
        raise BenchmarkError("The network grades neither endplates nor herniations: take another.")
    return rows


def found_by(mapper: EvidenceMapper, cases: Sequence[Case]) -> list[Found]:
    """The discs whose grade the network takes from the defect: without it, it gives another."""
    found = []
    for case in cases:
        if case.grading in mapper.gradings:
            told, sound = (
                int(mapper.grade(volume, case.grading).argmax())
                for volume in (case.volume, case.sound)
            )
            if told > 0 and told != sound:
                found.append(Found(case, told))
    return found


def hits(mapper: EvidenceMapper, found: Sequence[Found], method: Method) -> tuple[float, float]:
    """Whether maps point at the defect or up to 3 mm beside it.

    Returns:
        Per cent of the discs whose map is highest there, and of the top 1 % of the pixels that lie
        there, mean of the discs.
    """
    highest, top = [], []
    for item in found:
        values = mapper.draw(
            item.case.volume, item.case.grading, item.class_index, method
        ).values.ravel()
        place = item.case.place.ravel()
        highest.append(place[values.argmax()])
        top.append(place[np.argsort(values)[-max(1, round(_TOP_SHARE * values.size)) :]].mean())
    return 100 * float(np.mean(highest)), 100 * float(np.mean(top))


def chance(found: Sequence[Found]) -> float:
    """Per cent of the crops that counts as a hit: what a map that knows nothing has."""
    return 100 * float(np.mean([item.case.place.mean() for item in found]))


def _rows(mapper: EvidenceMapper, found: Sequence[Found], grading: str) -> list[Row]:
    of = f"{grading}, {len(found)} simulated discs"
    peer, peer_name = chance(found), "by chance: the share of the crop"
    rows = []
    for method in METHODS:
        highest, top = hits(mapper, found, method)
        rows += [
            Row(
                f"{method}: highest within 3 mm of the defect, {of}", highest, "%", peer, peer_name
            ),
            Row(f"{method}: its top 1 % within 3 mm of it, {of}", top, "%", peer, peer_name),
        ]
    blind = hits(mapper.with_random_weights(_SEED), found, DEFAULT_METHOD)[0]
    what = f"{DEFAULT_METHOD} of shuffled weights: highest within 3 mm of it, {of}"
    return [*rows, Row(what, blind, "%", peer, peer_name)]
