"""What was acknowledged is there after a killed process: the short version of the benchmark."""

import sys
from dataclasses import replace

import pytest

from benchmarks import kill_runs
from benchmarks.measuring import BenchmarkError
from spinegrader.domain.edits import SetSetting
from spinegrader.store.project import ProjectStore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and fork")

RUNS = 20


def test_no_acknowledged_change_is_lost_when_writers_and_compactions_are_killed(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    tally = kill_runs.kill(RUNS, seed=2)
    assert tally.complaints == []
    assert tally.runs == {1: RUNS // 2, 3: RUNS // 2}
    assert (tally.lost, tally.unreadable, tally.repairs) == (0, 0, 0)
    assert tally.acknowledged > 2 * RUNS
    assert tally.in_compaction > 0


def acknowledging(change):
    """Every seventh setting is acknowledged without having been written as it is."""
    honest, settings = ProjectStore.append, []

    def append(self, edit, *rest):
        if isinstance(edit, SetSetting):
            settings.append(edit)
            if len(settings) % 7 == 2:
                return change(honest, self, edit, *rest)
        return honest(self, edit, *rest)

    return append


def forgotten(append, store, edit, *rest):
    stamp = append(store, SetSetting("something else", None, "1"), *rest)
    return replace(stamp, number=stamp.number + 1)


def altered(append, store, edit, *rest):
    return append(store, replace(edit, after="0"), *rest)


@pytest.mark.parametrize("change", [forgotten, altered])
def test_a_store_that_acknowledges_what_it_has_not_kept_is_found_out(tmp_path, monkeypatch, change):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ProjectStore, "append", acknowledging(change))
    with pytest.raises(BenchmarkError, match=r"lost [1-9]"):
        kill_runs.measure(runs=6, seed=1)
