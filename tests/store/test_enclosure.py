"""A project folder holds its own files; a link to another place isn't followed."""

import os
import sys

import numpy as np
import pytest

from spinegrader.errors import ProjectError
from spinegrader.store.compaction import compact_project
from spinegrader.store.layout import DamagedMarkerError, read_layout
from spinegrader.store.pixels import read_link, read_pixels, write_pixels
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import make, only_journal, setting, tilted_geometry

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@pytest.fixture
def made(store, folder):
    make(store, setting("kept"))
    store.close(compact=False)
    compact_project(folder)
    return folder


@pytest.mark.parametrize(
    "name", ["spinegrader.json", "project.h5", "journal", "pixels", "cache", "runs", "generations"]
)
def test_a_link_that_leads_out_is_refused_by_name(made, tmp_path, name):
    (made / name).rename(tmp_path / "elsewhere")
    (made / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ProjectError, match=f"“{name}” in it is a link to another place"):
        ProjectStore.open(made)


def test_a_journal_or_generation_that_leads_out_is_refused_by_name(made, tmp_path):
    journal = only_journal(made)
    journal.rename(tmp_path / "elsewhere")
    journal.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ProjectError, match=f"“journal/{journal.name}” in it is a link"):
        ProjectStore.open(made)
    journal.unlink()
    (made / "generations" / "old.h5").symlink_to("../../elsewhere")
    with pytest.raises(ProjectError, match=r"“generations/old\.h5” in it is a link"):
        ProjectStore.open(made)


def test_a_project_may_be_reached_by_a_link_and_hold_links_to_itself(made, tmp_path):
    (made / "notes").symlink_to(tmp_path)  # nothing of the project
    (made / "journal").rename(made / "runs" / "journal")
    (made / "journal").symlink_to(made / "runs" / "journal")
    (tmp_path / "shortcut").symlink_to(made)
    with ProjectStore.open(tmp_path / "shortcut") as store:
        assert store.state.setting("kept") == "1"
        assert store.recovery == ""


@pytest.mark.parametrize("name", ["spinegrader.json", "project.h5", "journal/x.jsonl"])
def test_a_pipe_does_not_hold_up_the_program(made, name):
    (made / name).unlink(missing_ok=True)
    os.mkfifo(made / name)
    with pytest.raises(ProjectError, match=f"“{name}” in it is no ordinary file"):
        ProjectStore.open(made)


@pytest.mark.parametrize("content", [b'{"format": "' + b"x" * 70_000 + b'"}', b"[" * 60_000])
def test_a_marker_without_end_is_damaged(made, content):
    (made / "spinegrader.json").write_bytes(content)
    with pytest.raises(DamagedMarkerError, match=r"spinegrader\.json of lumbar is damaged"):
        read_layout(made)


def test_an_image_or_its_link_is_not_read_from_elsewhere(tmp_path):
    pixels = np.zeros((9, 32, 48), np.int16)
    name = write_pixels(tmp_path / "theirs", pixels, tilted_geometry())
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / f"{name}.h5").symlink_to(tmp_path / "theirs" / f"{name}.h5")
    with pytest.raises(ProjectError, match=f"{name[:12]}… of the project is a link"):
        read_pixels(ours, name)
    (tmp_path / "theirs" / "list.json").write_text('["/a"]')
    (ours / f"{name}.link.json").symlink_to(tmp_path / "theirs" / "list.json")
    assert read_link(ours, name) is None
    (ours / f"{name}.link.json").unlink()
    (ours / f"{name}.link.json").write_bytes(b"[" * 100_000)
    assert read_link(ours, name) is None
    os.mkfifo(ours / f"{'b' * 64}.h5")
    with pytest.raises(ProjectError, match="damaged"):
        read_pixels(ours, "b" * 64)
