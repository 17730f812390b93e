"""Every file that the user pointed at comes once, or is named with a reason."""

import os
import socket
import tempfile
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from spinegrader.errors import CancelledError, InputError
from spinegrader.imaging.archive_contents import ArchiveLimits
from spinegrader.imaging.sources import Sources


def no_task(task: str, item: object) -> object:
    raise AssertionError(f"nothing here should be parsed: {task}")


def never() -> bool:
    return False


def sources_of(*paths: Path, limits: ArchiveLimits | None = None) -> Sources:
    return Sources(paths, no_task, limits or ArchiveLimits(reserve_bytes=0))


def names_of(*paths: Path) -> list[str]:
    with sources_of(*paths) as sources:
        return [file.name for file in sources.files(never)]


def tree(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_folders_of_any_depth_in_order(tmp_path: Path) -> None:
    tree(tmp_path, "b/IM2", "b/IM1", "a/deep/deeper/IM", "top.dcm", "b/c/IM3")
    (tmp_path / "empty").mkdir()
    names = names_of(tmp_path)
    assert names == ["top.dcm", "a/deep/deeper/IM", "b/IM1", "b/IM2", "b/c/IM3"]


def test_very_deep_folders(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["f"] * 300)
    assert len(str(deep)) < os.pathconf("/", "PC_PATH_MAX")
    for length in range(1, 301):
        tmp_path.joinpath(*["f"] * length).mkdir()
    (deep / "IM").write_text("x")
    assert names_of(tmp_path) == ["f/" * 300 + "IM"]
    assert names_of(deep / "IM") == ["IM"]


def test_overlapping_paths_give_each_file_once(tmp_path: Path) -> None:
    tree(tmp_path / "in", "a/IM1", "a/IM2", "b/IM3")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "in" / "a")
    inside = tmp_path / "in" / "a"
    assert sorted(names_of(inside / "IM1", tmp_path / "in", inside, link)) == [
        "a/IM1",
        "a/IM2",
        "b/IM3",
    ]
    assert sorted(names_of(inside, tmp_path / "in" / "b", inside)) == ["IM1", "IM2", "IM3"]
    assert names_of(inside / "IM1", inside / ".." / "a" / "IM1") == ["IM1"]
    assert names_of(link) == ["IM1", "IM2"]


@pytest.mark.parametrize("name", ["gone", "odd\udcff", "nul\0"])
def test_a_path_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"no file or folder “(gone|odd|nul)") as caught:
        sources_of(tmp_path, tmp_path / name)
    caught.value.message.encode()


def test_links_to_folders_and_special_files_are_named_and_never_opened(tmp_path: Path) -> None:
    root = tree(tmp_path / "in", "IM1", "sub/IM2")
    outside = tree(tmp_path / "outside", "IM3")
    (root / "link to a file").symlink_to(outside / "IM3")
    (root / "link to a folder").symlink_to(outside)
    (root / "circle").symlink_to(root)
    (root / "link to nothing").symlink_to(outside / "gone")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(root / "socket"))
        with sources_of(root, root / "pipe") as sources:
            assert [file.name for file in sources.files(never)] == [
                "IM1",
                "link to a file",
                "sub/IM2",
            ]
    reasons = dict(sources.problems)
    assert len(sources.problems) == len(reasons) == 5
    assert all("link" in reason for name, reason in reasons.items() if "link" in name)
    assert "link" in reasons["circle"]
    assert "no ordinary file" in reasons["pipe"]
    assert "no ordinary file" in reasons["socket"]


def test_a_pipe_given_itself(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with sources_of(tmp_path / "pipe") as sources:
        assert list(sources.files(never)) == []
    assert sources.problems[0][0] == "pipe"


def test_an_unreadable_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "a/IM1", "closed/IM2", "z/IM3")
    scandir = os.scandir

    def guarded(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    # Tests may run as root, whom no permission stops.
    monkeypatch.setattr(os, "scandir", guarded)
    with sources_of(tmp_path) as sources:
        assert [file.name for file in sources.files(never)] == ["a/IM1", "z/IM3"]
    assert sources.problems == [("closed/", sources.problems[0][1])]
    assert "can't be opened" in sources.problems[0][1]


def test_names_that_are_no_text_are_shown_and_read(tmp_path: Path) -> None:
    for name in (b"a\xff", b"a\xfe", "Größe".encode(), b"new\nline"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(name)
    with sources_of(tmp_path) as sources:
        files = list(sources.files(never))
    shown = {file.path.read_bytes(): file.name for file in files}
    assert shown == {
        b"a\xff": "a\\udcff",
        b"a\xfe": "a\\udcfe",
        "Größe".encode(): "Größe",
        b"new\nline": "new\\nline",
    }
    assert all(name.encode() for name in shown.values())


def test_litter_is_counted_and_skipped(tmp_path: Path) -> None:
    tree(
        tmp_path, ".DS_Store", "a/Thumbs.db", "a/DESKTOP.INI", "a/._IM1", "__MACOSX/a/IM1", "a/IM1"
    )
    with sources_of(tmp_path) as sources:
        assert [file.name for file in sources.files(never)] == ["a/IM1"]
    assert len(sources.problems) == 5
    assert {reason for _, reason in sources.problems} == {
        "It belongs to the operating system and holds no image."
    }


def test_archives_given_and_found(tmp_path: Path) -> None:
    root = tree(tmp_path / "in", "IM0")
    packed(root / "export.ZIP", {"folder/IM1": b"1", "../bad": b"2", "._x": b"3"})
    given = packed(tmp_path / "given", {"IM2": b"4"})
    with sources_of(root, given) as sources:
        contents = {file.name: file.path.read_bytes() for file in sources.files(never)}
    assert contents == {"IM0": b"IM0", "export.ZIP/folder/IM1": b"1", "given/IM2": b"4"}
    assert [name for name, _ in sources.problems] == ["export.ZIP/../bad", "export.ZIP/._x"]


def test_an_archive_without_the_ending_can_be_unpacked_later(tmp_path: Path) -> None:
    packed(tmp_path / "export", {"IM1": b"1"})
    with sources_of(tmp_path) as sources:
        (export,) = sources.files(never)
        assert [file.name for file in sources.unpacked(export, never)] == ["export/IM1"]
        (tmp_path / "export").unlink()
        assert list(sources.unpacked(export, never)) == []
    assert len(sources.problems) == 1


def test_what_is_called_zip_but_is_none_is_a_file(tmp_path: Path) -> None:
    tree(tmp_path, "image.zip")
    assert names_of(tmp_path) == ["image.zip"]


def test_archives_in_archives_once(tmp_path: Path) -> None:
    innermost = packed(tmp_path / "3.zip", {"IM3": b"3"}).read_bytes()
    inner = packed(tmp_path / "2.zip", {"IM2": b"2", "innermost": innermost}).read_bytes()
    outer = packed(tmp_path / "1.zip", {"inner.dat": inner, "IM1": b"1"})
    with sources_of(outer) as sources:
        assert [file.name for file in sources.files(never)] == ["1.zip/inner.dat/IM2", "1.zip/IM1"]
    assert [name for name, _ in sources.problems] == ["1.zip/inner.dat/innermost"]
    assert "unpack it first" in sources.problems[0][1]


def test_damaged_empty_and_bomb_archives_are_one_problem_each(tmp_path: Path) -> None:
    packed(tmp_path / "a.zip", {"bomb": bytes(3 << 20)})
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 and nothing")
    packed(tmp_path / "c.zip", {})
    inner = (tmp_path / "a.zip").read_bytes()
    packed(tmp_path / "d.zip", {"inner.zip": inner, "IM1": b"1"})
    limits = ArchiveLimits(free_ratio_bytes=2 << 20, reserve_bytes=0)
    with sources_of(tmp_path, limits=limits) as sources:
        assert [file.name for file in sources.files(never)] == ["d.zip/IM1"]
    reasons = dict(sources.problems)
    assert list(reasons) == ["a.zip", "b.zip", "c.zip", "d.zip/inner.zip"]
    assert "times its size" in reasons["a.zip"]
    assert "incomplete" in reasons["b.zip"]
    assert "empty" in reasons["c.zip"]
    assert "times its size" in reasons["d.zip/inner.zip"]


def test_what_was_unpacked_is_private_and_vanishes(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", {"IM1": b"1"})
    with pytest.raises(RuntimeError), sources_of(archive) as sources:  # noqa: PT012
        (file,) = sources.files(never)
        folder = file.path.parent.parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.parent == Path(tempfile.gettempdir())
        raise RuntimeError
    assert not folder.exists()


def test_what_a_killed_import_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    left = tree(tmp_path / "temporary" / "spinegrader-import-old", "000001/000000")
    recent = tree(tmp_path / "temporary" / "spinegrader-import-new", "000001/000000")
    long_ago = time.time() - 3 * 24 * 3600
    os.utime(left, (long_ago, long_ago))
    assert names_of(packed(tmp_path / "a.zip", {"IM1": b"1"})) == ["a.zip/IM1"]
    assert not left.exists()
    assert recent.exists()


def test_no_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(InputError, match="no temporary folder"):
        names_of(packed(tmp_path / "a.zip", {"IM1": b"1"}))


def test_stopping(tmp_path: Path) -> None:
    tree(tmp_path, *(f"IM{number}" for number in range(20)))
    answers = iter([False] * 5 + [True])
    with sources_of(tmp_path) as sources, pytest.raises(CancelledError):
        list(sources.files(lambda: next(answers)))
    assert next(answers, None) is None


def test_memory_stays_flat_as_the_tree_grows(tmp_path: Path) -> None:
    for folder in range(30):
        tree(tmp_path, *(f"{folder:02d}/IM{number:02d}" for number in range(60)))
    held: dict[int, int] = {}
    tracemalloc.start()
    with sources_of(tmp_path) as sources:
        for count, _ in enumerate(sources.files(never)):
            if count in (180, 1700):
                held[count] = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(held) == 2
    assert held[1700] < held[180] + 5_000
