"""The benchmarks themselves: figures that mean something, and a table that spares its README."""

import pytest

from benchmarks import edit
from benchmarks.measuring import BenchmarkError, Row, interleaved_ms, median, p99
from benchmarks.table import BEGIN, END, lines_of, rewrite

ORDER = ("first", "second")


def test_an_edit_is_measured_beside_a_bare_append(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = edit.measure(rounds=20, subjects=1)
    assert [row.unit for row in rows] == ["ms"] * 4
    assert all(row.ours > 0 and row.ratio > 0 for row in rows)
    middle, high = rows[0], rows[1]
    assert middle.ours <= high.ours
    assert not [*(tmp_path / "build").iterdir()]


def test_edits_that_are_not_kept_give_no_figures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(edit.reading, "answer", lambda *_, **__: None)
    with pytest.raises(BenchmarkError, match="did not grow"):
        edit.measure(rounds=5, subjects=1)


def test_rounds_are_interleaved_and_warm_ups_do_not_count():
    called = []
    taken = interleaved_ms({name: lambda name=name: called.append(name) for name in "ab"}, 4, 2)
    assert "".join(called) == "abbaabbaabba"
    assert [len(values) for values in taken.values()] == [4, 4]


def test_median_and_p99():
    values = [float(value) for value in range(101)]
    assert (median(values), p99(values)) == (50, 99)


@pytest.fixture
def readme(tmp_path):
    path = tmp_path / "README.md"
    path.write_text(f"# Before\n{BEGIN}\nold\n{END}\nAfter | `python -m benchmarks first` |\n")
    return path


def lines(benchmark, ours):
    return lines_of(benchmark, [Row("It", ours, "ms", 2.0, "peer", 3.0)], "2 cores", "2030-01-01")


def test_a_row_as_it_stands_in_the_table():
    (line,) = lines("first", 4.0)
    assert line == (
        "| It | 4.00 ms | 2.00 ms (peer) | 2.00 | ≤ 3 ms: **missed** "
        "| `python -m benchmarks first` | 2030-01-01 | 2 cores |"
    )


def test_only_what_stands_between_the_markers_is_replaced(readme):
    rewrite(readme, {"first": lines("first", 1.0)}, ORDER)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith(f"# Before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nAfter | `python -m benchmarks first` |\n")
    assert "old" not in text
    assert text.count("1.00 ms") == 1


def test_benchmarks_that_were_not_run_keep_their_rows_in_order(readme):
    rewrite(readme, {"second": lines("second", 1.0)}, ORDER)
    rewrite(readme, {"first": lines("first", 4.0)}, ORDER)
    rewrite(readme, {"second": lines("second", 8.0)}, ORDER)
    text = readme.read_text(encoding="utf-8")
    assert "1.00 ms" not in text
    assert text.index("4.00 ms") < text.index("8.00 ms")


def test_a_readme_without_its_markers_is_left_alone(readme):
    readme.write_text("# Nothing here\n")
    with pytest.raises(ValueError, match="marker"):
        rewrite(readme, {}, ORDER)
    assert readme.read_text() == "# Nothing here\n"
