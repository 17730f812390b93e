"""A short run of the crashes that ``python -m benchmarks crash_states`` does at length."""

from itertools import islice

import numpy as np
import pytest

from benchmarks import hdf5_in_place
from benchmarks.crash_checks import Examiner, Problem, ProblemError
from benchmarks.crash_points import Crash, Recording, kills, power_losses, recorded
from benchmarks.crash_scenarios import EDITS, PROJECT, SCENARIOS
from benchmarks.crash_states import outcome_of, recorded_scenario
from benchmarks.disk_operations import Mark
from benchmarks.recording import why_not
from benchmarks.simulated_disk import read_tree
from spinegrader.store.project import ProjectStore

recordable = pytest.mark.skipif(bool(why_not()), reason=why_not())
EVERY = 4


@recordable
@pytest.mark.parametrize("name", ["a new project", "first compactions"])
def test_a_kill_after_any_call_loses_nothing(name):
    recording = recorded_scenario(name)
    outcome = outcome_of(name, recording, islice(kills(recording), 0, None, EVERY))
    assert outcome.examples == []
    assert outcome.states > 10


@recordable
@pytest.mark.parametrize(
    "name",
    [
        "edits",
        "a compaction with old journals",
        "a new project in a folder that was just made",
        "a new project, killed and gone on with",
        "an image, killed and kept again",
    ],
)
def test_a_power_loss_at_any_moment_loses_nothing(name):
    recording = recorded_scenario(name)
    losses = power_losses(recording, 12, np.random.default_rng(2))
    assert outcome_of(name, recording, losses).examples == []


@recordable
@pytest.mark.parametrize("unsynced", ["files", "folders"])
def test_losses_of_a_store_that_forgets_to_sync_are_found(unsynced):
    recording = recorded_scenario("edits", [unsynced])
    losses = power_losses(recording, 16, np.random.default_rng(2))
    assert outcome_of("edits", recording, losses).problems[Problem.LOST] > 3


@recordable
def test_damage_to_a_file_edited_in_place_is_found(tmp_path):
    recording = recorded(hdf5_in_place.prepare, ["-m", hdf5_in_place.__name__])
    crashes = list(islice(kills(recording), 0, None, EVERY))
    failures = hdf5_in_place.count_failures(crashes, tmp_path / "place")
    assert 0.1 * len(crashes) < failures < 0.9 * len(crashes)
    whole = Crash(list(kills(recording))[-1].tree, len(recording.marks))
    assert hdf5_in_place.count_failures([whole], tmp_path / "place") == 0


@pytest.fixture
def session(tmp_path):
    """A recording that ends with two acknowledged edits, what is there then, and its examiner."""
    folder = tmp_path / "real" / PROJECT
    SCENARIOS["edits"].prepare(folder)
    before = read_tree(folder.parent)
    store = ProjectStore.open(folder)
    marks = []
    for number in (8, 9):
        stamp = store.append(EDITS[number])
        marks.append(Mark(f"edit {number} {stamp.at} {stamp.session} {stamp.number}"))
    store.close(compact=False)
    journal = f"{PROJECT}/journal/{stamp.session}.jsonl"
    examiner = Examiner(Recording(before, marks), tmp_path / "place")
    return read_tree(folder.parent), journal, examiner


def problem_of(examiner, tree, told=2):
    with pytest.raises(ProblemError) as caught:
        examiner.examine(Crash(tree, told))
    return caught.value.problem


def test_a_project_as_it_was_left_is_as_promised(session):
    tree, _, examiner = session
    examiner.examine(Crash(tree, 2))


def test_an_edit_that_was_made_but_not_yet_acknowledged_may_be_there(session):
    tree, _, examiner = session
    examiner.examine(Crash(tree, 1))
    assert problem_of(examiner, tree, told=0) is Problem.WRONG


def test_a_lost_edit_is_found(session):
    tree, journal, examiner = session
    lines = tree[journal].splitlines(keepends=True)
    assert problem_of(examiner, tree | {journal: b"".join(lines[:2])}) is Problem.LOST
    del tree[journal]
    assert problem_of(examiner, tree) is Problem.LOST


def test_a_journal_that_is_gone_is_found_even_if_project_h5_holds_it(session):
    tree, journal, examiner = session
    (older,) = (path for path in tree if path.endswith(".jsonl") and path != journal)
    del tree[older]
    assert problem_of(examiner, tree) is Problem.REPAIR


def test_a_project_that_does_not_open_is_found(session):
    tree, _, examiner = session
    del tree[f"{PROJECT}/spinegrader.json"]
    assert problem_of(examiner, tree) is Problem.UNREADABLE


def test_damage_beyond_a_torn_line_is_found(session):
    tree, journal, examiner = session
    lines = tree[journal].splitlines(keepends=True)
    tree[journal] = b"".join([*lines[:1], b"foreign\n", *lines[1:]])
    assert problem_of(examiner, tree) is Problem.REPAIR
