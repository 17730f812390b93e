"""Images, permissions and leftovers as a check finds them, and as a repair leaves them."""

import json
import os
import shutil
import stat
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.damaged_project import copy_project
from spinegrader.domain.edits import ImportStudies
from spinegrader.errors import ProjectError
from spinegrader.store.checking.problems import ProblemKind
from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore
from tests.store.checking_samples import (
    assert_mended,
    check,
    content_of,
    journals,
    left,
    project,
    truth,
    whole,
)
from tests.store.store_samples import alter, as_nobody, make

__all__ = ["project", "truth", "whole"]

K = ProblemKind
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


def test_a_damaged_image_is_set_aside_and_then_missing(project):
    path = min((project / "pixels").iterdir())
    alter(path, lambda content: content.__setitem__(2000, content[2000] ^ 8))
    (problem,) = left(check(project))
    assert (problem.kind, problem.file) == (K.IMAGE_DAMAGED, f"pixels/{path.name}")
    repaired = left(check(project, repair=True))
    assert "import the images again" in repaired[0].sentence
    assert "It was moved to the folder “damaged”." in repaired[0].sentence
    (problem,) = left(check(project, repair=True))
    assert problem.kind is K.IMAGE_MISSING
    assert "A damaged copy lies in the folder “damaged”." in problem.sentence


def test_an_image_that_holds_another_one_is_damaged(project):
    first, second = sorted((project / "pixels").iterdir())[:2]
    shutil.copy(first, second)
    assert [problem.file for problem in left(check(project))] == [f"pixels/{second.name}"]


def test_an_image_that_no_series_names_is_only_told_of(project):
    store = ProjectStore.open(project)
    geometry = next(iter(store.state.series.values())).geometry
    name = store.write_pixels(np.zeros(geometry.shape, np.int16), geometry)
    store.close(compact=False)
    checked = check(project, repair=True)
    (note,) = [problem for problem in checked.problems if problem.kind is K.IMAGE_UNUSED]
    assert note.is_note
    assert not left(checked)
    assert (project / "pixels" / f"{name}.h5").exists()


def test_linked_images_are_looked_for_without_telling_where(project, tmp_path):
    outside = tmp_path / "Doe^Jane"
    outside.mkdir()
    (outside / "1").touch()
    with ProjectStore.open(project) as store:
        series = next(iter(store.state.series.values()))
        pixels = np.ones(series.geometry.shape, np.int16)
        with store.stage_pixels() as staging:
            paths = [str(outside / "1"), str(outside / "2")]
            name = staging.link(pixels, series.geometry, paths)
            staging.keep()
        linked = replace(series, uid="1.2.826.9", pixels=name)
        make(store, ImportStudies((), (), (linked,)))
    checked = check(project)
    (problem,) = left(checked)
    assert checked.counts.linked_images == 1
    assert problem.kind is K.LINKED_FILES_MISSING
    assert problem.sentence.startswith("1 of the 2 files")
    assert "Doe" not in problem.sentence
    (project / problem.file).write_bytes(b"[")
    assert [item.kind for item in left(check(project))] == [K.LINK_DAMAGED]
    (outside / "2").touch()
    (project / problem.file).write_text(json.dumps(paths))
    assert not left(check(project))


@posix
def test_what_others_may_use_is_closed_to_them(project, truth):
    (project / "project.h5").chmod(0o644)
    (project / "pixels").chmod(0o755)
    named = {problem.file: problem.sentence for problem in left(check(project))}
    assert set(named) == {"project.h5", "pixels"}
    assert_mended(project, truth, K.PERMISSIONS)
    assert stat.S_IMODE((project / "pixels").stat().st_mode) == 0o700


@posix
def test_a_folder_that_is_shared_with_a_group_may_be_the_groups(project):
    for path in (project, *project.rglob("*")):
        path.chmod(0o2770 if path.is_dir() else 0o660)
    assert not left(check(project))
    image = min((project / "pixels").iterdir())
    image.chmod(0o664)
    (problem,) = left(check(project))
    assert "everybody" in problem.sentence
    check(project, repair=True)
    assert stat.S_IMODE(image.stat().st_mode) == 0o660


@posix
def test_what_cannot_be_closed_stays_named(whole):
    # Not below tmp_path, which others may not enter.
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "project"
        copy_project(whole, folder)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        compact_project(folder)
        (folder / "project.h5").chmod(0o644)
        (folder / "cache").chmod(0o755)
        if os.geteuid() != 0:
            pytest.skip("needs another user's files")
        with as_nobody():
            checked = check(folder, repair=True)
        assert {problem.kind for problem in left(checked)} == {K.PERMISSIONS}


@posix
def test_a_journal_that_cannot_be_read_is_named(whole):
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "project"
        copy_project(whole, folder)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        journal = journals(folder)[0]
        journal.chmod(0)
        with as_nobody(), pytest.raises(ProjectError, match=f"{journal.name} can't be read"):
            check(folder, repair=True)


def test_what_killed_programs_left_goes_when_it_is_old(project, truth):
    old = [
        project / ".project.h5.0123456789ab.tmp",
        project / "pixels" / ".image.0123456789ab.tmp",
        project / "cache" / "compaction.lease",
        project / "cache" / "import-0123456789abcdef",
    ]
    for path in old[:3]:
        path.touch(0o600)
    old[3].mkdir(0o700)
    fresh = project / ".spinegrader.json.0123456789ab.tmp"
    fresh.touch(0o600)
    assert not check(project).problems
    long_ago = time.time() - 8 * 24 * 3600
    for path in old:
        os.utime(path, (long_ago, long_ago))
    checked = check(project)
    assert {problem.file for problem in checked.problems} == {
        path.relative_to(project).as_posix() for path in old
    }
    assert not left(checked)
    check(project, repair=True)
    assert not any(path.exists() for path in old)
    assert fresh.exists()
    assert content_of(project) == truth
