"""Cut volumes: cut once for a project, mapped from the disk, whole whatever happens to it."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import SetOverlay
from spinegrader.domain.overlays import OverlayState
from spinegrader.model.data import PretrainData, VolumeArray
from spinegrader.services import material, volume_pool
from spinegrader.services.material import CutRequest, cut_all, disc_requests, vertebra_requests
from spinegrader.services.pool_files import INDEX, VOLUMES
from spinegrader.services.session import Session
from spinegrader.services.volume_pool import VolumePools
from tests.services.conftest import STUDIES

SHAPE = (3, 8, 16)
SMALL = (2, 3, 4)
MORE_ROOM = "_LEFT_FREE_BYTES"


@pytest.fixture
def confirmed(overlaid: Session) -> Session:
    for uid in STUDIES:
        overlay = overlaid.state.overlay(f"{uid}.1")
        done = replace(overlay, state=OverlayState.CONFIRMED)
        overlaid.apply(SetOverlay(f"{uid}.1", overlay, done))
    return overlaid


@pytest.fixture
def cuts(monkeypatch) -> list[str]:
    """What is cut from now on, as names of vertebrae and discs."""
    done: list[str] = []
    original = material._cut

    def counted(volume, request, shape):
        done.append(str(request.target))
        return original(volume, request, shape)

    monkeypatch.setattr(material, "_cut", counted)
    return done


def cut(session, requests, shape=SHAPE, **options):
    volumes, kept = cut_all(
        session.store, requests, shape, lambda *_: None, lambda: False, **options
    )
    assert kept == list(range(len(requests)))
    return volumes[np.arange(len(volumes))]


def pools_of(session) -> list[Path]:
    return sorted(session.store.cache_folder.glob(f"*{VOLUMES}"))


def requests_of_first(session) -> tuple[CutRequest, ...]:
    """The bodies of one study; others show the same pixels."""
    return tuple(item for item in vertebra_requests(session) if item.study_uid == "1.2.11")


def keys(count: int, start: int = 0) -> list[str]:
    return [f"{number:064x}" for number in range(start, start + count)]


def numbers(count: int, shape=SMALL, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((count, *shape)).astype(np.float16)


def written(folder: Path, names: list[str], values: np.ndarray) -> Path:
    pools = VolumePools(folder, values.shape[1:])
    for key, value in zip(names, values, strict=True):
        pools.keep(key, value)
    assert pools.notice == ""
    pools.close()
    return pools.own


def test_volumes_are_cut_once_and_come_in_the_order_asked_for(confirmed, cuts):
    requests = requests_of_first(confirmed)
    first = cut(confirmed, requests)
    assert len(cuts) == len(requests) == 7
    assert first.dtype == np.float16
    again = cut(confirmed, requests[::-1])
    assert len(cuts) == 7
    assert (again == first[::-1]).all()
    assert len(pools_of(confirmed)) == 1


def test_the_same_images_in_another_study_are_not_cut_again(confirmed, cuts):
    cut(confirmed, requests_of_first(confirmed))
    cut(confirmed, vertebra_requests(confirmed))
    assert len(cuts) == 7


def moved(session: Session, level: str, by_mm: float = 1.0) -> None:
    overlay = session.state.overlay("1.2.11.1")
    body = overlay.vertebra(VertebraLevel(level))
    after = overlay.with_vertebra(body.moved((0.0, by_mm, 0.0)))
    session.apply(SetOverlay("1.2.11.1", overlay, after))


def test_moving_a_vertebra_cuts_it_and_its_neighbours_again(confirmed, cuts):
    cut(confirmed, requests_of_first(confirmed))
    cuts.clear()
    moved(confirmed, "L3")
    cut(confirmed, requests_of_first(confirmed))
    assert cuts == ["L2", "L3", "L4"]
    moved(confirmed, "L3", -1.0)
    cut(confirmed, requests_of_first(confirmed))
    assert cuts == ["L2", "L3", "L4"]


def test_a_disc_is_cut_again_when_a_body_beside_it_or_its_outline_changes(confirmed, cuts):
    def discs():
        return disc_requests(confirmed, confirmed_only=True, studies=["1.2.11"])

    cut(confirmed, discs())
    cuts.clear()
    moved(confirmed, "L3")
    cut(confirmed, discs())
    assert sorted(cuts) == ["L2/L3", "L3/L4"]
    cuts.clear()
    overlay = confirmed.state.overlay("1.2.11.1")
    disc = overlay.disc(DiscLevel.parse("L4/L5"))
    outline = tuple((x, y + 2, z) for x, y, z in disc.outline_mm)
    drawn = overlay.with_disc(replace(disc, outline_mm=outline))
    confirmed.apply(SetOverlay("1.2.11.1", overlay, drawn))
    cut(confirmed, discs())
    assert cuts == ["L4/L5"]


def test_renaming_vertebrae_cuts_nothing_again(confirmed, cuts):
    cut(confirmed, requests_of_first(confirmed))
    cuts.clear()
    overlay = confirmed.state.overlay("1.2.11.1")
    without = overlay.without(VertebraLevel("S1"))
    confirmed.apply(SetOverlay("1.2.11.1", overlay, without))
    cut(confirmed, requests_of_first(confirmed))
    assert cuts == ["L5"]
    cuts.clear()
    confirmed.apply(SetOverlay("1.2.11.1", without, without.shifted(1)))
    cut(confirmed, requests_of_first(confirmed))
    assert cuts == []


def test_another_shape_is_another_volume(confirmed, cuts):
    requests = requests_of_first(confirmed)
    cut(confirmed, requests)
    assert cut(confirmed, requests, (1, 8, 16)).shape == (7, 1, 8, 16)
    assert len(cuts) == 14


def test_another_program_reads_what_this_one_cut(confirmed, cuts, tmp_path):
    first = cut(confirmed, requests_of_first(confirmed))
    other = Session.open_or_create(tmp_path / "project", "B")
    try:
        assert (cut(other, requests_of_first(other)) == first).all()
    finally:
        other.store.close(wait=True)
    assert len(cuts) == 7


def test_a_program_goes_on_with_its_pool(confirmed):
    cut(confirmed, requests_of_first(confirmed))
    moved(confirmed, "L1")
    after = cut(confirmed, requests_of_first(confirmed))
    assert len(pools_of(confirmed)) == 1
    assert (cut(confirmed, requests_of_first(confirmed)) == after).all()


def test_files_of_earlier_versions_are_removed(confirmed):
    folder = confirmed.store.cache_folder
    old = [folder / f"{'a' * 64}.npy", folder / f"{'b' * 64}.31.new"]
    other = [folder / "thumbnail.npy", folder / f"{'c' * 64}.json"]
    for path in (*old, *other):
        path.touch()
    cut(confirmed, requests_of_first(confirmed))
    assert [path.exists() for path in old] == [False, False]
    assert all(path.exists() for path in other)


def test_names_and_indexes_tell_nothing_of_anybody(confirmed):
    cut(confirmed, vertebra_requests(confirmed))
    for path in confirmed.store.cache_folder.iterdir():
        told = path.name + ("" if path.suffix == VOLUMES else path.read_text())
        for word in ("P1", "P2", "1.2.1", "1.2.2", "Name"):
            assert word not in told
        if sys.platform != "win32":
            assert path.stat().st_mode & 0o077 == 0


def test_volumes_fulfil_what_networks_ask_of_an_array(tmp_path):
    values = numbers(9)
    for start in (0, 3, 6):
        written(tmp_path, keys(3, start), values[start : start + 3])
    pools = VolumePools(tmp_path, SMALL)
    order = np.random.default_rng(1).permutation(9)
    assert all(pools.has(key) for key in keys(9))
    array: VolumeArray = pools.array([keys(9)[place] for place in order])
    assert (array.shape, array.dtype, len(array)) == ((9, *SMALL), np.float16, 9)
    rows = np.array([4, 4, 0, 8, -1, 2])
    assert (array[rows] == values[order][rows]).all()
    got = array[rows]
    got[:] = 0
    assert (array[rows] == values[order][rows]).all()
    assert array[np.zeros(0, np.int64)].shape == (0, *SMALL)
    told = ("a",) * 9, (1,) * 9, ("b",) * 9, np.zeros(9, np.int64)
    pooled, plain = (PretrainData(item, *told) for item in (array, values[order]))
    assert pooled.fingerprint() == plain.fingerprint()


# -- what a kill leaves ---------------------------------------------------------------------


def test_what_was_half_written_is_passed_over_at_every_byte(tmp_path):
    values = numbers(3)
    path = written(tmp_path / "whole", keys(3), values)
    numbers_bytes, index = path.read_bytes(), path.with_suffix(INDEX).read_bytes()
    record, line = len(numbers_bytes) // 3, len(index) // 3
    folder = tmp_path / "cut"
    folder.mkdir()

    def found(kept_numbers: int, kept_index: int) -> list[bool]:
        (folder / path.name).write_bytes(numbers_bytes[:kept_numbers])
        (folder / path.name).with_suffix(INDEX).write_bytes(index[:kept_index])
        pools = VolumePools(folder, SMALL)
        has = [pools.has(key) for key in keys(3)]
        there = [key for key, is_there in zip(keys(3), has, strict=True) if is_there]
        array = pools.array(there)
        assert (array[np.arange(len(there))] == values[: len(there)]).all()
        return has

    for missing in range(1, record + 1):
        assert found(3 * record - missing, 3 * line) == [True, True, False]
        assert found(3 * record - missing, 2 * line) == [True, True, False]
    for missing in range(1, line + 1):
        assert found(3 * record, 3 * line - missing) == [True, True, False]
    assert found(3 * record, 3 * line) == [True, True, True]
    assert found(0, 0) == [False, False, False]


@pytest.mark.parametrize("where", [VOLUMES, INDEX])
def test_a_changed_byte_costs_that_volume_only(tmp_path, where):
    path = written(tmp_path, keys(3), numbers(3))
    damaged = path.with_suffix(where)
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    pools = VolumePools(tmp_path, SMALL)
    assert [pools.has(key) for key in keys(3)] == [True, False, True]


def test_what_was_lost_is_cut_again_beside_the_damaged_pool(confirmed, cuts, tmp_path):
    first = cut(confirmed, requests_of_first(confirmed))
    (path,) = pools_of(confirmed)
    os.truncate(path, path.stat().st_size - 5)
    cuts.clear()
    other = Session.open_or_create(tmp_path / "project", "B")
    try:
        assert (cut(other, requests_of_first(other)) == first).all()
        assert cuts == ["S1"]
        assert (cut(other, requests_of_first(other)) == first).all()
        assert cuts == ["S1"]
    finally:
        other.store.close(wait=True)
    # This program sees that its pool isn't as it left it.
    moved(confirmed, "L1")
    cut(confirmed, requests_of_first(confirmed))
    assert len(pools_of(confirmed)) == 3


# -- several at once ------------------------------------------------------------------------


def test_two_that_cut_at_once_both_get_all(confirmed, tmp_path):
    requests = requests_of_first(confirmed)
    expected = cut(confirmed, requests, (1, 4, 8))
    for path in confirmed.store.cache_folder.iterdir():
        path.unlink()
    other = Session.open_or_create(tmp_path / "project", "B")
    both = threading.Barrier(2, timeout=20)
    got: dict[str, np.ndarray] = {}

    def work(name: str, session: Session) -> None:
        def together(done: int, _total: int) -> None:
            if done < 3:
                both.wait()

        volumes, kept = cut_all(session.store, requests, (1, 4, 8), together, lambda: False)
        assert len(kept) == 7
        got[name] = volumes[np.arange(7)]

    # Two jobs of one program are as far from one another as two programs.
    given = [("one", confirmed), ("other", other), ("again", confirmed)]
    for pair in (given[:2], given[::2]):
        threads = [threading.Thread(target=work, args=item) for item in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    other.store.close(wait=True)
    assert got.keys() == {"one", "other", "again"}
    assert all((values == expected).all() for values in got.values())
    assert len(pools_of(confirmed)) == 2


def test_another_sees_whole_records_while_one_is_written(tmp_path):
    values = numbers(20)
    pools = VolumePools(tmp_path, SMALL)
    for count, (key, value) in enumerate(zip(keys(20), values, strict=True), start=1):
        pools.keep(key, value)
        other = VolumePools(tmp_path, SMALL)
        assert [other.has(item) for item in keys(20)] == [True] * count + [False] * (20 - count)
    pools.close()


# -- full disks -----------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    if sys.platform == "win32":
        pytest.skip("mounts a disk")
    place = tmp_path / "disk"
    place.mkdir()
    wanted = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    if subprocess.run(wanted, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_keeps_the_rest_in_memory_and_says_so(small_disk, monkeypatch):
    monkeypatch.setattr(volume_pool, MORE_ROOM, -(1 << 30))
    shape = (4, 64, 64)
    values = numbers(60, shape)
    pools = VolumePools(small_disk, shape)
    for key, value in zip(keys(60), values, strict=True):
        pools.keep(key, value)
    assert all(pools.has(key) for key in keys(60))
    array = pools.array(keys(60))
    assert "full" in array.notice
    order = np.random.default_rng(0).permutation(60)
    assert (array[order] == values[order]).all()
    pools.close()
    later = VolumePools(small_disk, shape)
    kept = sum(later.has(key) for key in keys(60))
    assert 10 < kept < 40
    record = values[0].nbytes
    (path,) = small_disk.glob(f"*{VOLUMES}")
    assert path.stat().st_size == kept * record


def test_the_last_room_is_left_to_what_cant_be_made_again(confirmed, monkeypatch):
    monkeypatch.setattr(volume_pool, MORE_ROOM, 1 << 60)
    volumes, _ = cut_all(
        confirmed.store,
        requests_of_first(confirmed),
        SHAPE,
        lambda *_: None,
        lambda: False,
    )
    assert volumes.notice == (
        "The disk of the project is full: volumes cut from now on stay in memory, and are cut "
        "again the next time. Make room there."
    )
    assert len(volumes) == 7
    assert pools_of(confirmed) == []
    monkeypatch.undo()
    assert (cut(confirmed, requests_of_first(confirmed)) == volumes[np.arange(7)]).all()
    assert len(pools_of(confirmed)) == 1


# -- tidying --------------------------------------------------------------------------------


def long_ago(folder: Path) -> None:
    for path in folder.iterdir():
        os.utime(path, (1e9, 1e9))


def test_many_pools_become_one_and_readers_keep_the_old(tmp_path):
    values = numbers(20)
    for number in range(10):
        two = slice(2 * number, 2 * number + 2)
        written(tmp_path, keys(2, 2 * number), values[two])
    reader = VolumePools(tmp_path, SMALL)
    assert all(reader.has(key) for key in keys(20))
    before = reader.array(keys(20))
    long_ago(tmp_path)
    pools = VolumePools(tmp_path, SMALL)
    pools.tidy(frozenset(keys(18)))
    after = pools.array([key for key in keys(18) if pools.has(key)])
    assert (after[np.arange(18)] == values[:18]).all()
    pools.close()
    if sys.platform != "win32":
        assert len(list(tmp_path.glob(f"*{VOLUMES}"))) == 1
    assert (before[np.arange(20)] == values).all()
    again = VolumePools(tmp_path, SMALL)
    assert [again.has(key) for key in keys(20)] == [True] * 18 + [False] * 2


def test_a_pool_full_of_what_nobody_wants_is_rewritten(tmp_path):
    path = written(tmp_path, keys(200), numbers(200))
    long_ago(tmp_path)
    pools = VolumePools(tmp_path, SMALL)
    pools.tidy(frozenset(keys(150)))
    assert path.exists()
    pools.close()
    long_ago(tmp_path)
    pools = VolumePools(tmp_path, SMALL)
    pools.tidy(frozenset(keys(90)))
    assert all(pools.has(key) for key in keys(90))
    pools.close()
    (left,) = tmp_path.glob(f"*{VOLUMES}")
    assert left != path
    assert left.stat().st_size == 90 * numbers(1).nbytes


def test_pools_in_use_are_left_alone(tmp_path):
    for number in range(10):
        written(tmp_path, keys(1, number), numbers(1))
    pools = VolumePools(tmp_path, SMALL)
    pools.tidy(frozenset())
    assert len(list(tmp_path.glob(f"*{VOLUMES}"))) == 10
    long_ago(tmp_path)
    VolumePools(tmp_path, SMALL)
    late = VolumePools(tmp_path, SMALL)
    late.tidy(frozenset())
    assert len(list(tmp_path.glob(f"*{VOLUMES}"))) == 10


def test_nothing_is_lost_where_there_is_no_room_to_tidy(tmp_path, monkeypatch):
    for number in range(10):
        written(tmp_path, keys(1, number), numbers(1, seed=number))
    long_ago(tmp_path)
    monkeypatch.setattr(volume_pool, MORE_ROOM, 1 << 60)
    pools = VolumePools(tmp_path, SMALL)
    pools.tidy(frozenset(keys(10)))
    assert all(pools.has(key) for key in keys(10))
    assert len(list(tmp_path.glob(f"*{VOLUMES}"))) == 10
    assert pools.notice == ""


@pytest.mark.parametrize("gone", [VOLUMES, INDEX])
def test_half_a_pool_is_removed_when_its_other_half_is_gone(tmp_path, gone):
    written(tmp_path, keys(1), numbers(1)).with_suffix(gone).unlink()
    VolumePools(tmp_path, SMALL)
    assert len(list(tmp_path.iterdir())) == 1
    long_ago(tmp_path)
    VolumePools(tmp_path, SMALL)
    assert list(tmp_path.iterdir()) == []


def test_a_training_rewrites_only_what_it_has_no_use_for(confirmed, cuts):
    requests = requests_of_first(confirmed)
    first = cut(confirmed, requests, is_everything=True)
    assert (cut(confirmed, requests, is_everything=True) == first).all()
    assert len(cuts) == 7


def test_a_folder_that_was_deleted_is_made_again(confirmed, cuts):
    folder = confirmed.store.cache_folder
    cut(confirmed, requests_of_first(confirmed))
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    cut(confirmed, requests_of_first(confirmed))
    assert len(cuts) == 14
    assert len(pools_of(confirmed)) == 1
