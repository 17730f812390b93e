"""Simulated people as they are measured: labels as in real masks, visits kept, speed told."""

import numpy as np
import pytest

from benchmarks import simulated_speed
from benchmarks.simulated_material import CANAL, DISC, VERTEBRA
from benchmarks.simulated_people import labels_of, simulated_people
from benchmarks.simulated_visits import visit_records
from spinegrader.simulate.output.arrays import ArrayShapes
from spinegrader.simulate.painting.scene import Structure
from spinegrader.simulate.plan import CohortPlan
from spinegrader.simulate.scanner.config import AcquisitionConfig

SMALL = AcquisitionConfig(slices=3, rows=160, samples_per_slice=1)
SHAPES = ArrayShapes(vertebra=(3, 16, 16), disc=(3, 8, 16))


@pytest.fixture(scope="module")
def person():
    return next(simulated_people(1, SMALL))


def test_a_person_gives_a_labelled_slice_of_each_sequence(person):
    t2, t1 = person.slices["T2"], person.slices["T1"]
    assert {"L5", "L4", "L3", "L2"} <= {str(level) for level in t2.bodies}
    assert not np.array_equal(t2.pixels, t1.pixels)
    assert all(1 <= grade <= 5 for grade in t2.pfirrmann.values())
    assert len(t2.pfirrmann) == len(t2.discs)
    fluid, marrow = t2.pixels[t2.canal], t2.pixels[t2.bodies[t2.disc_levels()[-1].upper].inside]
    assert np.median(fluid) > np.median(marrow)


def test_the_sacrum_has_no_label_and_the_disc_above_it_has_one(person):
    spine = person.visit.spine
    sacral = next(i for i, body in enumerate(spine.bodies) if body.shape.is_sacral)
    structures = [Structure.FIRST_BODY + sacral - 1, Structure.FIRST_BODY + sacral]
    structures += [Structure.FIRST_DISC + sacral - 1, Structure.FIRST_DISC + sacral]
    structures += [Structure.SAC, Structure.CORD, Structure.POSTERIOR, Structure.BACKGROUND]
    labels = labels_of(np.asarray(structures, dtype=np.uint8), spine)
    assert labels.tolist() == [VERTEBRA, 0, DISC, 0, CANAL, CANAL, 0, 0]


def test_visits_are_made_once_and_read_again(tmp_path):
    plan = CohortPlan(1, 1, 3)
    first = [*visit_records(tmp_path, plan, SMALL, SHAPES)]
    made = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(made) == 2
    (tmp_path / "tmpx.part").write_bytes(b"broken off")
    again = [*visit_records(tmp_path, plan, SMALL, SHAPES)]
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert [item.subject for item in again] == [1, 1]
    assert again[0].day < again[1].day
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.vertebrae, other.vertebrae)
        assert one.features == other.features
        assert one.vertebrae.shape == (len(one.levels), *SHAPES.vertebra)
        assert len(one.discs) == len(one.grades) == len(one.disc_levels) > 4


def test_speed_and_memory_of_a_simulation_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(simulated_speed, "_MATRIX", 64)
    monkeypatch.setattr(simulated_speed, "_SLICES", 1)
    monkeypatch.setattr(simulated_speed, "_PROCESSES", 1)
    taken_s, peak_mb = simulated_speed._simulated(tmp_path / "some", 1, ("T2",))
    assert 0 < taken_s < 60
    assert peak_mb == 0 or 30 < peak_mb < 2000
    assert [*(tmp_path / "some").rglob("IM0001")]
