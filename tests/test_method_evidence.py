"""Where the benchmark of evidence maps looks for defects, and what it counts as a hit."""

import numpy as np
import pytest

from benchmarks.method.defect_discs import discs_of, read_discs, write_found
from benchmarks.method.evidence import Found, chance, hits
from benchmarks.method.evidence_cases import Case, cases_of
from spinegrader.model.evidence import EvidenceMap
from spinegrader.simulate.ageing.states import HerniationKind
from spinegrader.simulate.plan import CohortPlan
from spinegrader.simulate.scanner.config import AcquisitionConfig

SHAPE = (5, 32, 64)
CONFIG = AcquisitionConfig(slices=7, rows=160, columns=160, samples_per_slice=1, sequences=("T2",))


@pytest.fixture(scope="module")
def cases():
    """Of four people who have herniations and defects of endplates."""
    visits = list(CohortPlan(6, 0, 71).visits())
    return [case for visit in (visits[0], *visits[2:]) for case in cases_of(visit, CONFIG, SHAPE)]


def middle_of(case):
    """Middle (row, column) of the place, from the crop's middle, as shares of its size."""
    _, rows, columns = np.nonzero(case.place)
    return rows.mean() / SHAPE[1] - 0.5, columns.mean() / SHAPE[2] - 0.5


def test_defects_lie_where_anatomy_has_them(cases):
    where = {"herniation": [], "endplate_upper": [], "endplate_lower": []}
    for case in cases:
        where[case.grading].append(middle_of(case))
        assert case.volume.shape == case.sound.shape == case.place.shape == SHAPE
        assert 0 < case.place.mean() < 0.1
    backward = [column for _, column in where["herniation"]]
    assert min(backward) > 0.1  # behind the disc, which takes the middle half of the columns
    assert np.mean([row for row, _ in where["endplate_upper"]]) < 0
    assert np.mean([row for row, _ in where["endplate_lower"]]) > 0


def test_nothing_else_changes_with_the_defect(cases):
    for case in cases:
        gap = np.abs(case.volume - case.sound)
        assert gap[case.place].max() > 5 * np.median(gap[~case.place])
        assert np.quantile(gap[~case.place], 0.99) < 0.04


class Pointer:
    """Stands for a network: its map is highest at one place."""

    def __init__(self, place):
        self.place = place

    def draw(self, volume, _grading, class_index, _method):
        values = np.linspace(0, 0.5, volume.size).reshape(volume.shape)
        values[self.place] = 1
        return EvidenceMap(values, class_index, 0.9)


def test_hits_are_maxima_within_the_place():
    place = np.zeros(SHAPE, bool)
    place[2, 10:20, 30:40] = True
    volume = np.zeros(SHAPE, np.float32)
    found = [Found(Case("herniation", volume, volume, place), 2)]
    assert chance(found) == pytest.approx(100 * 100 / place.size)
    assert hits(Pointer((2, 15, 35)), found, "occlusion")[0] == 100
    assert hits(Pointer((3, 15, 35)), found, "occlusion")[0] == 0
    top = max(1, round(0.01 * place.size))
    assert hits(Pointer((2, 15, 35)), found, "occlusion")[1] == pytest.approx(100 / top)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    """Discs of three people, two of whom have defects, as a network learns them."""
    folder, plan = tmp_path_factory.mktemp("discs"), CohortPlan(3, 0, 71)
    found = [discs_of(visit, CONFIG, SHAPE) for visit in plan.visits()]
    write_found(folder, found)
    return found, read_discs(folder, plan)


def test_only_defects_tell_the_grades_that_are_learnt(learnt):
    found, (data, split) = learnt
    assert [item.number for item in found if len(item.labels)] == [int(name) for name in split]
    for item in (item for item in found if len(item.labels)):
        ill, sound = item.labels[::2], item.labels[1::2]
        assert ill.shape == sound.shape
        assert (ill != sound).any(axis=1).all()
        assert not sound[:, :2].any()
        assert (sound[:, 2] <= HerniationKind.BULGE).all()
        gaps = np.abs(item.volumes[::2].astype(np.float32) - item.volumes[1::2])
        assert (gaps.max(axis=(1, 2, 3)) > 0.04).all()
        assert (np.median(gaps, axis=(1, 2, 3)) < 0.01).all()
    assert len(data.volumes) == sum(len(item.labels) for item in found) > 0
    assert sum(int(item.labels[:, 2].sum()) for item in found) == data.labels["herniation"].sum()
