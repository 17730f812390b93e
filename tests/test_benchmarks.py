"""The benchmarks themselves: figures that mean something, and a table that spares its README."""

import os
import shutil
import sys

import numpy as np
import pytest

from benchmarks import edit, screen, viewer, viewer_window, work_list
from benchmarks.material import SMALL_SERIES, read_project
from benchmarks.measuring import BenchmarkError, Row, interleaved_ms, median, p99
from benchmarks.table import BEGIN, END, lines_of, rewrite
from benchmarks.viewer_scene import enlarged, keep_scene, read_scene
from benchmarks.viewer_subject import CORNER_DRAG, SLICE_CHANGE, UNPAINTED_SLICE, SubjectProcess
from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.imaging.display import default_window
from spinegrader.imaging.volume import Volume
from spinegrader.services.images import load_volume

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


OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A small volume with its vertebrae, ready for a viewer."""
    folder = tmp_path_factory.mktemp("scene")
    session = read_project(folder / "person", 1, 0, SMALL_SERIES)
    series = next(iter(session.state.series.values()))
    volume = load_volume(session.store, series)
    window = default_window(volume.pixels)
    keep_scene(folder / "kept", volume, session.state.overlay(series.uid), window)
    session.close()
    return folder / "kept"


def test_the_viewer_measures_slices_and_drags_in_its_own_process(scene):
    with SubjectProcess("benchmarks.viewer_ours", scene, OFFSCREEN) as process:
        process.wait_for_first_paint()
        for what in (SLICE_CHANGE, CORNER_DRAG, UNPAINTED_SLICE):
            taken = process.measure(what, 6)
            assert len(taken) == 6
            assert all(0 < milliseconds < 5000 for milliseconds in taken)


def test_a_program_that_paints_nothing_gives_no_figures(tmp_path):
    with (
        SubjectProcess("benchmarks.viewer_ours", tmp_path, OFFSCREEN) as process,
        pytest.raises(BenchmarkError, match="painted nothing"),
    ):
        process.wait_for_first_paint()


def test_all_outlines_are_on_the_slices_that_are_stepped_through(scene):
    pixels, kept = read_scene(scene)
    assert 0 <= kept.first_slice < kept.last_slice < len(pixels)
    bodies = len(kept.corners_mm)
    assert len(kept.outlines) == 2 * bodies - 1
    geometry = VolumeGeometry.from_matrix(kept.matrix, pixels.shape)
    corners = geometry.to_index(np.asarray(kept.corners_mm[kept.dragged_level]))
    assert np.allclose(corners[:, [1, 0]], kept.outlines[kept.dragged])


def test_a_finer_volume_is_in_the_same_place():
    geometry = VolumeGeometry.from_matrix(
        [[0, 0, -4.4, 10], [0.6, 0, 0, -7], [0, -0.6, 0, 3], [0, 0, 0, 1]], (3, 8, 6)
    )
    pixels = np.zeros(geometry.shape, np.uint16)
    pixels[1, 4:, :] = 1000
    fine = enlarged(Volume(pixels, geometry), (4, 2, 2))
    assert fine.pixels.shape == (12, 16, 12)
    place = np.array([2.0, 5.0, 1.0])
    finer = (place + 0.5) * (2, 2, 4) - 0.5
    assert np.allclose(fine.geometry.to_mm(finer), geometry.to_mm(place))
    assert fine.pixels[5, 12, 4] > 800
    assert fine.pixels[5, 2, 4] == 0


def test_what_is_not_painted_gives_no_figure(qapp, monkeypatch):
    monkeypatch.setattr(screen, "_PAINT_LIMIT_S", 0.05)

    class Nothing:
        count = 0

    with pytest.raises(BenchmarkError, match="Nothing was painted"):
        screen.painted_ms(Nothing(), lambda: None)


def test_the_window_tells_study_changes_and_its_memory(tmp_path, monkeypatch):
    def small(folder, people, again, config):
        return read_project(folder, 3, 0, SMALL_SERIES)

    monkeypatch.setattr(viewer_window, "read_project", small)
    monkeypatch.setattr(viewer_window, "_PLACES", {"offscreen": OFFSCREEN})
    for name, value in OFFSCREEN.items():
        monkeypatch.setenv(name, value)
    rows = viewer_window.study_rows(tmp_path / "studies", 1)
    assert [row.unit for row in rows] == ["ms"] * 4
    assert all(row.ours > 0 for row in rows)
    (memory,) = viewer_window.idle_memory_rows(tmp_path / "idle", 1)
    assert 50 < memory.ours < 1000


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_a_screen_is_there_while_it_is_needed(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with screen.on_a_screen():
        assert os.environ["DISPLAY"].startswith(":")
    assert "DISPLAY" not in os.environ


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_viewers_are_measured_beside_napari(scene):
    pytest.importorskip("napari")
    with screen.on_a_screen():
        rows = viewer._beside_peer("small", scene, viewer.Rounds(blocks=1, block=3))
    ratios = [row for row in rows if row.peer is not None]
    assert len(rows) == 7
    assert [row.peer_name for row in ratios] == ["napari"] * 3
    assert all(row.ours > 0 and row.peer > 0 for row in ratios)


def test_the_work_list_is_measured_in_the_real_window(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    rows = work_list.measure(studies=60, grades=2700, rounds=1, with_screen=False)
    assert all(row.ours > 0 for row in rows)
    assert {row.unit for row in rows} == {"ms", "MB"}
    assert sum(row.goal is not None for row in rows) == 12
