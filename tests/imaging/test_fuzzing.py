"""A short run of the fuzzing that ``python -m benchmarks fuzz_import`` does at length."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.fuzz_import import fuzz, mutated


def test_no_mutated_file_is_lost_or_comes_in_at_a_wrong_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = fuzz(200, seed=11)
    assert result.files == 200
    assert result.lost == 0
    assert result.wrong_geometry == []
    assert result.slowest_s < 10
    # Otherwise nothing would have been tried.
    assert 20 < result.came_in < 180
    assert len(result.reasons) > 5


def test_mutations_follow_from_the_seed() -> None:
    original = bytes(range(256)) * 40
    first, second = (mutated(original, np.random.default_rng(4)) for _ in range(2))
    assert first == second != original
