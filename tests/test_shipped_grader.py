"""The grading model that comes along: sound files, sensible grades, quick replacement."""

import hashlib
import shutil

import numpy as np
import pytest

from spinegrader.domain.anatomy import STANDARD_DISCS
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.study import Plane
from spinegrader.imaging.crops import disc_volume
from spinegrader.imaging.volume import Volume
from spinegrader.model.config import FinetuneConfig
from spinegrader.model.predict import load_grader
from spinegrader.model.runs import CONFIG, WEIGHTS, read_card
from spinegrader.services.graders import shipped_grader_folder
from spinegrader.services.resources import load_scheme
from spinegrader.simulate.plan import person_of
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import simulate_visit
from tools.ship_grader import ship

YOUNG, OLD = 18.0, 88.0


@pytest.fixture(scope="module")
def card():
    return read_card(shipped_grader_folder())


@pytest.fixture(scope="module")
def probabilities():
    """By age, what the model says of the lumbar discs of one simulated person."""
    grader = load_grader(shipped_grader_folder(), "cpu")
    found = {}
    for age in (YOUNG, OLD):
        config = AcquisitionConfig(slices=7, rows=320, sequences=("T2",), samples_per_slice=1)
        visit = simulate_visit(person_of(5, 1), age, np.random.default_rng(5), config)
        volume = Volume(visit.stacks[0].pixels, visit.geometry)
        volume = volume.in_reading_orientation(Plane.SAGITTAL)
        overlay = Overlay("1.2", visit.placed)
        discs = [disc for disc in STANDARD_DISCS if overlay.disc(disc) is not None]
        crops = [disc_volume(volume, overlay, disc, grader.volume_shape) for disc in discs]
        found[age] = grader.predict(np.stack(crops).astype(np.float32))
    return found


def test_its_card_says_what_it_is(card):
    assert (card.kind, card.state) == ("finetune", "finished")
    weights = (shipped_grader_folder() / WEIGHTS).read_bytes()
    assert hashlib.sha256(weights).hexdigest() == card.weights_sha256
    settings = (shipped_grader_folder() / CONFIG).read_bytes()
    assert FinetuneConfig.from_json(settings) == FinetuneConfig.model_validate(card.settings)
    assert card.trained_on
    assert card.sources
    assert "T1" not in card.weightings
    assert "not a medical device" in card.note
    values = {item.id: item.values for item in load_scheme().gradings}
    assert {name: its.values for name, its in card.gradings.items()}.items() <= values.items()


def test_its_people_are_told_by_anonymous_tokens_and_none_in_two_parts(card):
    people = [token for part in card.subjects.values() for token in part]
    assert len(people) == len(set(people))
    assert card.subjects["train"]
    assert card.subjects["test"]
    assert set(card.agreement) == set(card.gradings)


def test_probabilities_sum_to_one(probabilities):
    for found in probabilities.values():
        for values in found.values():
            assert len(values) >= 5
            np.testing.assert_allclose(values.sum(axis=1), 1.0, atol=1e-6)


def test_a_worn_black_disc_gets_a_higher_grade_than_a_bright_one(probabilities):
    grades = np.arange(1, 6)
    young, old = (probabilities[age]["pfirrmann"] @ grades for age in (YOUNG, OLD))
    assert old.mean() > young.mean() + 1
    assert old.max() > young.max()


def test_another_run_is_shipped_without_its_logs_and_keeps_the_words(tmp_path, card):
    run, target = tmp_path / "run", tmp_path / "grader"
    for folder in (run, target):
        shutil.copytree(shipped_grader_folder(), folder)
    (run / "events.jsonl").write_text("{}")
    shipped = ship(run, target, trained_on="grades of a test")
    assert read_card(target) == shipped
    assert shipped.trained_on == "grades of a test"
    assert (shipped.sources, shipped.weightings) == (card.sources, card.weightings)
    assert {path.name for path in target.iterdir()} == {
        path.name for path in shipped_grader_folder().iterdir()
    }
