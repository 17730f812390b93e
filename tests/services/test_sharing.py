"""Several users of the operating system read one project; nobody else looks in."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spinegrader.cli import app
from spinegrader.errors import InputError, ProjectError
from spinegrader.services.sharing import share_project
from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore
from spinegrader.store.snapshot import read_snapshot
from tests.services import shared_reader
from tests.store.store_samples import make, setting

GROUP, ANNA, BEN, STRANGER = "43210", "43211", "43212", "43213"

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows shares by other means")
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become other users"
)


@pytest.fixture
def place():
    """A folder that every user may enter and write to; pytest's own is the owner's alone."""
    folder = Path(tempfile.mkdtemp(prefix="spinegrader-shared-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def start(user: str, deed: str, folder: Path, umask: str = "077", group: str = GROUP):
    return subprocess.Popen(
        [sys.executable, "-m", shared_reader.__name__, user, group, umask, deed, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def outcome(process, given: str = "") -> dict:
    said, error = process.communicate(given, timeout=120)
    assert process.returncode == 0, error
    return json.loads(said)


def modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


@posix
@as_root
def test_two_users_read_one_project_and_others_see_nothing(place):
    folder = place / "lumbar"
    first = outcome(start(ANNA, "found", folder))
    assert f"lumbar is shared with the group {GROUP}" in first["sharing"]
    assert "can't get there" not in first["sharing"]

    second = outcome(start(BEN, "join", folder, umask="000"))
    assert second["readers"] == [ANNA, BEN]
    assert set(second["pixels"].values()) == {int(ANNA), int(BEN)}
    assert second["recovery"] == ""

    both = [start(ANNA, "alternate", folder), start(BEN, "alternate", folder, umask="000")]
    for process in both:
        outcome(process)
    third = outcome(start(ANNA, "look", folder))
    rounds = [f"{user} {number}" for user in (ANNA, BEN) for number in range(shared_reader.ROUNDS)]
    assert third["readers"] == sorted([ANNA, BEN, *rounds])
    assert "damaged" not in third["recovery"]

    compact_project(folder)
    project_id = json.loads((folder / "spinegrader.json").read_text())["project_id"]
    kept = read_snapshot(folder / "project.h5", project_id).state
    assert sorted(key.reader for key in kept.grades) == third["readers"]

    owners = {path.stat().st_uid for path in folder.rglob("*")}
    assert owners >= {int(ANNA), int(BEN)}
    found = modes(folder)
    assert len(found) > 30
    assert {name: oct(mode) for name, mode in found.items() if mode & 0o007} == {}
    outside = start(STRANGER, "pry", folder, group=STRANGER)
    pried = outcome(outside, json.dumps(list(found)))
    assert pried["got"] == []
    assert "permission" in pried["told"]


@pytest.fixture
def project(tmp_path) -> Path:
    with ProjectStore.create(tmp_path / "lumbar") as store:
        make(store, setting("kept"))
    return tmp_path / "lumbar"


@posix
def test_a_project_is_the_owners_alone_until_it_is_shared(project):
    assert not any(mode & 0o077 for mode in modes(project).values())
    group = str(os.getegid())
    (project / "elsewhere").symlink_to("/etc")
    before = Path("/etc").stat().st_mode
    sharing = share_project(project, group)
    assert Path("/etc").stat().st_mode == before
    (project / "elsewhere").unlink()
    for name, mode in modes(project).items():
        assert mode == (0o2770 if (project / name).is_dir() else 0o660), name
    assert sharing.folders + sharing.files == len(modes(project))
    assert sharing.not_changed == 0
    # pytest's folders let in nobody but their owner.
    assert sharing.closed_above == str(project.parent.resolve())
    assert "The group can't get there yet" in sharing.sentence()
    assert share_project(project, group) == sharing


@posix
def test_access_that_others_had_is_taken_back(project):
    (project / "journal").chmod(0o755)
    (project / "project.h5").chmod(0o644)
    share_project(project, str(os.getegid()))
    assert not any(mode & 0o007 for mode in modes(project).values())


@posix
def test_a_group_that_is_not_there_and_a_folder_that_is_no_project_are_told(project, tmp_path):
    with pytest.raises(InputError, match="There is no group “no-such-group” on this computer"):
        share_project(project, "no-such-group")
    with pytest.raises(ProjectError, match="not a SpineGrader project"):
        share_project(tmp_path, str(os.getegid()))
    assert not any(mode & 0o077 for mode in modes(project).values())


@posix
@as_root
def test_only_members_and_owners_can_share(place):
    folder = place / "lumbar"
    outcome(start(ANNA, "found", folder))
    before = modes(folder)
    told = outcome(start(ANNA, "give", folder), STRANGER)["told"]
    assert f"You aren't in the group “{STRANGER}”" in told
    told = outcome(start(BEN, "give", folder), GROUP)["told"]
    assert told == "lumbar belongs to another user: let its owner share it."
    assert modes(folder) == before
    outcome(start(BEN, "join", folder))
    told = outcome(start(ANNA, "give", folder), GROUP)["told"]
    assert "belong to other users and could not be changed" in told


@pytest.mark.skipif(sys.platform != "win32", reason="how it is on Windows")
def test_windows_shares_by_other_means(project):
    with pytest.raises(InputError, match="Security"):
        share_project(project, "Users")


@posix
def test_the_command_says_what_it_did(project):
    done = CliRunner().invoke(app, ["share", str(project), str(os.getegid()), "--json"])
    document = json.loads(done.stdout)
    assert document["project"] == "lumbar"
    assert document["files"] >= 3
    assert document["not_changed"] == 0
    assert modes(project)["."] == 0o2770
