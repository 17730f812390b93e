from benchmarks.edit import measure
from benchmarks.rows import Row, write_table


def test_a_benchmark_gives_a_figure_beside_its_peer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (row,) = measure(repeats=5)
    assert row.ours.endswith("ms")
    assert float(row.ratio) > 0


def test_only_rows_that_ran_are_renewed(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- table:start -->\n<!-- table:end -->\nafter\n")
    write_table([Row("edit", "an edit", "1 ms"), Row("viewer", "a slice", "2 ms")], readme)
    write_table([Row("edit", "an edit", "3 ms")], readme)
    text = readme.read_text()
    assert "1 ms" not in text
    assert "3 ms" in text
    assert "2 ms" in text
    assert text.count("| what |") == 1
    assert text.startswith("before\n")
    assert text.endswith("after\n")
