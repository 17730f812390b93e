"""A short run of what ``python -m benchmarks damage`` does at length."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks import damage
from benchmarks.damage_checks import Examiner
from benchmarks.damaged_project import DAMAGES, TARGETS, cases, make_project
from benchmarks.measuring import BenchmarkError
from spinegrader.store import recovery
from spinegrader.store.project import ProjectStore


def test_all_damage_is_noticed_and_costs_only_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcomes = damage.damage_all(36, seed=3)
    assert [outcome.faults for outcome in outcomes if outcome.faults] == []
    assert len(outcomes) == 36
    # Otherwise nothing would have been tried.
    assert {outcome.case.target for outcome in outcomes} == set(TARGETS)
    assert {outcome.case.kind for outcome in outcomes} == set(DAMAGES)
    at_opening = sum(outcome.is_whole_at_opening for outcome in outcomes)
    assert 12 < at_opening < 36
    assert at_opening <= sum(outcome.is_whole_after_repair for outcome in outcomes) < 36


def test_cases_follow_from_the_seed_and_are_spread():
    assert cases(500, 4) == cases(500, 4) != cases(500, 5)
    counts = Counter((case.target, case.kind) for case in cases(1000, 4))
    assert len(counts) == len(set(TARGETS)) * len(set(DAMAGES))


def test_a_store_that_says_nothing_of_damage_is_found_out(tmp_path, monkeypatch):
    examiner = examiner_of(tmp_path)
    case = next(item for item in cases(100, 1) if item.target == "project.h5")
    assert examiner.outcome_of(case).faults == {}
    real = recovery.load_project

    def silent(*arguments: object, **options: object) -> recovery.LoadedProject:
        loaded = real(*arguments, **options)
        return recovery.LoadedProject(**{**vars(loaded), "notes": ()})

    monkeypatch.setattr("spinegrader.store.project.load_project", silent)
    assert set(examiner.outcome_of(case).faults) == {"not told at opening"}


def test_a_store_that_shows_another_grade_is_found_out(tmp_path, monkeypatch):
    examiner = examiner_of(tmp_path)
    case = next(item for item in cases(100, 1) if item.target == "generation")
    real = ProjectStore.open

    def altered(folder: Path) -> ProjectStore:
        store = real(folder)
        key = next(iter(store.state.grades))
        store.state.grades.put(key, store.state.grades[key][:-1])
        return store

    monkeypatch.setattr(ProjectStore, "open", altered)
    assert "wrong grade" in examiner.outcome_of(case).faults


def test_a_process_that_ends_is_counted_as_a_crash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Without a project the process ends with an error before its first case.
    batch = cases(2, 1)
    (outcome,) = damage._run(tmp_path / "nothing", batch)
    assert (outcome.case, set(outcome.faults)) == (batch[0], {"crash"})


def test_faults_give_no_figures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    crash = damage._crash(cases(1, 1)[0], -11)
    monkeypatch.setattr(damage, "damage_all", lambda *_: [crash])
    with pytest.raises(BenchmarkError, match="crash"):
        damage.measure(1)


def examiner_of(place: Path) -> Examiner:
    make_project(place / "project")
    return Examiner(place / "project", place)
