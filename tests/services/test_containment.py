"""Files that may crash the HDF5 library are opened in a process that may be lost."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from spinegrader.domain.edits import SetSetting
from spinegrader.errors import ProjectError
from spinegrader.imaging import sandbox
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.imaging.sandbox_child import SandboxChild
from spinegrader.services import containment as containment_module
from spinegrader.services.checking import check_project
from spinegrader.services.containment import containment
from spinegrader.services.exporting import export_beside
from spinegrader.services.images import load_slice, load_volume
from spinegrader.services.resources import load_scheme
from spinegrader.services.session import Session
from spinegrader.services.untrusted import close_sandboxes
from spinegrader.store.checking.problems import ProblemKind
from spinegrader.store.containment import Containment
from spinegrader.store.known_files import KnownFiles
from spinegrader.store.pixels import read_pixels, read_slice
from spinegrader.store.project import ProjectStore
from spinegrader.store.seal import SEAL_BYTES, seal
from tests.services.conftest import GEOMETRY, fill

EARLIER = Path(__file__).parents[1] / "store" / "layout_2_project"
UNSEALED = EARLIER / "pixels"


def test_an_unsealed_image_comes_whole_from_the_other_process(tmp_path):
    (kept,) = UNSEALED.iterdir()
    plain, geometry = read_pixels(UNSEALED, kept.stem)
    pixels, where = read_pixels(UNSEALED, kept.stem, containment())
    np.testing.assert_array_equal(pixels, plain)
    assert (pixels.dtype, where) == (plain.dtype, geometry)
    assert pixels.flags.writeable
    np.testing.assert_array_equal(read_slice(UNSEALED, kept.stem, 1, containment()), plain[1])


def test_flipped_bytes_of_an_unsealed_image_never_pass_as_the_image(tmp_path):
    (kept,) = UNSEALED.iterdir()
    path = tmp_path / kept.name
    whole = kept.read_bytes()
    plain, geometry = read_pixels(UNSEALED, kept.stem)
    told = 0
    for index in np.random.default_rng(7).integers(0, len(whole), 40):
        content = bytearray(whole)
        content[index] ^= 16
        path.write_bytes(content)
        try:
            pixels, where = read_pixels(tmp_path, kept.stem, containment())
        except ProjectError as error:
            told += kept.stem[:12] in error.message
        else:  # a byte that means nothing, such as padding
            np.testing.assert_array_equal(pixels, plain)
            assert where == geometry
    assert told >= 3
    path.unlink(missing_ok=True)
    shutil.copy(kept, path)
    read_pixels(tmp_path, kept.stem, containment())


def test_a_missing_image_is_told_without_a_process(tmp_path):
    with pytest.raises(ProjectError, match="missing"):
        read_pixels(tmp_path, "a" * 64, containment())


# -- projects from elsewhere --------------------------------------------------------------------


@pytest.fixture(autouse=True)
def fresh_computer(tmp_path, monkeypatch):
    """One that knows no file yet."""
    monkeypatch.setattr(containment_module, "known_file", lambda: tmp_path / "state" / "known.txt")


@pytest.fixture
def children(monkeypatch):
    """The processes that were started for files that may bring them down."""
    started: list[SandboxChild] = []

    class Counted(SandboxChild):
        def __init__(self, *arguments) -> None:
            super().__init__(*arguments)
            started.append(self)

    close_sandboxes()
    monkeypatch.setattr(sandbox, "SandboxChild", Counted)
    yield started
    close_sandboxes()


@pytest.fixture
def foreign(tmp_path) -> Path:
    """A project that another computer made."""
    folder = tmp_path / "foreign"
    shutil.copytree(EARLIER, folder)
    return folder


def opened(folder: Path) -> Session:
    return Session.open(folder, "A")


def new_process() -> None:
    """Nothing is remembered but what is on the disk."""
    containment_module._containment.cache_clear()


def let_go(session: Session) -> None:
    session.store.close(compact=False)


def resealed(path: Path, content: bytearray) -> None:
    content[:SEAL_BYTES] = seal(content, "SpineGrader project")
    path.write_bytes(content)


def mutated(path: Path, seed: int) -> None:
    """Two bytes become others, and the seal holds: what an ill-willed sender can make."""
    rng = random.Random(seed)  # noqa: S311 - damage, no secret
    content = bytearray(path.read_bytes())
    for _ in range(2):
        content[rng.randrange(SEAL_BYTES, len(content))] = rng.randrange(256)
    resealed(path, content)


_WALK = """
import h5py, sys

def read(_, item):
    for name in item.attrs:
        item.attrs[name]
    if isinstance(item, h5py.Dataset):
        item[()]

with h5py.File(sys.argv[1], "r") as file:
    file.visititems(read)
"""


def crashes_the_library(path: Path) -> bool:
    done = subprocess.run([sys.executable, "-c", _WALK, path], capture_output=True, check=False)
    return done.returncode not in {0, 1}


def test_a_project_that_crashes_the_library_is_rebuilt(foreign):
    """Of 6,000 mutations of this project.h5 whose seals hold, three end the process."""
    plain = opened(foreign)
    let_go(plain)
    before = (foreign / "project.h5").read_bytes()
    mutated(foreign / "project.h5", 1413)
    if not crashes_the_library(foreign / "project.h5"):
        pytest.skip("this version of the HDF5 library survives the file")
    session = opened(foreign)
    assert session.state == plain.state
    assert session.store.recovery.startswith(
        "project.h5 was not opened. It is damaged in a way that could bring SpineGrader down. "
        "It was moved to the folder “damaged”. The project was rebuilt from its journals."
    )
    session.close()
    (aside,) = (foreign / "damaged").iterdir()
    assert aside.name.endswith("-project.h5")
    assert aside.read_bytes() != before
    again = opened(foreign)
    assert again.state == plain.state
    assert again.store.recovery == ""
    again.close()


def test_a_generation_that_crashes_the_library_is_passed_over(foreign):
    plain = opened(foreign)
    let_go(plain)
    (foreign / "generations").mkdir()
    bad = foreign / "generations" / "20260101T000000000000Z.h5"
    shutil.copy(foreign / "project.h5", bad)
    mutated(bad, 1413)
    if not crashes_the_library(bad):
        pytest.skip("this version of the HDF5 library survives the file")
    (foreign / "project.h5").unlink()
    session = opened(foreign)
    assert session.state == plain.state
    let_go(session)
    (aside,) = (foreign / "damaged").iterdir()
    assert crashes_the_library(aside)
    assert not bad.exists()


def test_a_link_to_another_file_is_refused_by_name(foreign, tmp_path):
    plain = opened(foreign)
    let_go(plain)
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["numbers"] = np.arange(8)
    with h5py.File(foreign / "project.h5", "r+") as file:
        del file["grades"]
        file["grades"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "/numbers")
    resealed(foreign / "project.h5", bytearray((foreign / "project.h5").read_bytes()))
    session = opened(foreign)
    assert session.store.recovery.startswith(
        "project.h5 was not opened. “/grades” in it is a link that may lead to other files. "
    )
    assert session.state == plain.state
    let_go(session)


@pytest.mark.parametrize("what", ["segfault", "sleep", "5GB"])
def test_a_child_that_dies_or_hangs_condemns_only_the_file(foreign, tmp_path, what):
    def fate(task: str, item: object) -> object:
        with Sandbox(1, item_limit_s=0.5) as children:
            return children.run("tests.imaging.sandbox_tasks:misbehave", what)

    contained = Containment(KnownFiles(tmp_path / "known.txt"), fate, fate)
    plain = ProjectStore.open(EARLIER)
    plain.close(compact=False)
    store = ProjectStore.open(foreign, contained)
    assert "could bring SpineGrader down" in store.recovery
    assert store.state == plain.state
    (name,) = (path.stem for path in UNSEALED.iterdir())
    for _ in range(2):
        with pytest.raises(ProjectError, match=f"{name[:12]}… of the project is damaged"):
            store.read_pixels(name)
    store.close(compact=False)


def test_what_can_not_be_moved_aside_is_left_alone(foreign, monkeypatch):
    with h5py.File(foreign / "project.h5", "r+") as file:
        file["more"] = h5py.SoftLink("/grades")
    resealed(foreign / "project.h5", bytearray((foreign / "project.h5").read_bytes()))
    (foreign / "damaged").write_text("a file where the folder should be")
    session = opened(foreign)
    assert "was not opened" in session.store.recovery
    assert "moved" not in session.store.recovery
    assert (foreign / "project.h5").exists()
    let_go(session)


# -- what needs no process ----------------------------------------------------------------------


def test_a_project_from_elsewhere_is_examined_once(foreign, children):
    let_go(opened(foreign))
    assert len(children) == 1
    session = opened(foreign)
    let_go(session)
    assert len(children) == 1
    containment_module.known_file().unlink()
    new_process()
    let_go(opened(foreign))
    assert len(children) == 2


@pytest.mark.parametrize("repair", [False, True])
def test_a_check_examines_too(foreign, children, repair):
    mutated(foreign / "project.h5", 1413)
    if not crashes_the_library(foreign / "project.h5"):
        pytest.skip("this version of the HDF5 library survives the file")
    report = check_project(foreign, repair=repair)
    damaged = ProblemKind.TABLES_DAMAGED
    (problem,) = (item for item in report.problems if item.kind is damaged)
    assert problem.sentence.startswith("project.h5 was not opened. ")
    assert problem.mended == repair
    assert len(list(foreign.glob("damaged/*project.h5"))) == repair
    started = len(children)
    assert started
    if repair:
        # What the repair has written is known.
        let_go(opened(foreign))
        assert len(children) == started


def test_a_table_is_exported_from_what_was_examined(foreign, tmp_path, children):
    export_beside(foreign, load_scheme(), tmp_path / "grades.csv", lambda: False)
    assert len(children) == 1


def test_no_process_to_read_in_is_no_fault_of_the_image(foreign, monkeypatch):
    session = opened(foreign)
    close_sandboxes()
    monkeypatch.setattr("sys.executable", str(foreign / "no-such-program"))
    with pytest.raises(ProjectError, match="could not be started"):
        session.store.check()
    monkeypatch.undo()
    let_go(session)


def test_a_project_of_this_computer_is_opened_and_shown_without_a_process(tmp_path, children):
    session = Session.open_or_create(tmp_path / "ours", "A")
    fill(session)
    session.close()
    new_process()
    again = opened(tmp_path / "ours")
    assert again.store.recovery == ""
    for series in again.state.series.values():
        load_volume(again.store, series)
        load_slice(again.store, series, 2)
    again.apply(SetSetting("theme", None, '"dark"'))
    again.close()
    let_go(opened(tmp_path / "ours"))
    assert children == []


def test_images_from_elsewhere_are_read_by_a_process_once(tmp_path, children):
    session = Session.open_or_create(tmp_path / "theirs", "A")
    fill(session)
    session.close()
    containment_module.known_file().unlink()
    new_process()
    foreign = opened(tmp_path / "theirs")
    assert len(children) == 1
    series = next(iter(foreign.state.series.values()))
    plain, _ = read_pixels(tmp_path / "theirs" / "pixels", series.pixels)
    np.testing.assert_array_equal(load_slice(foreign.store, series, 2), plain[2])
    started = len(children)
    assert started > 1
    close_sandboxes()
    np.testing.assert_array_equal(load_volume(foreign.store, series).pixels, plain)
    assert len(children) == started
    let_go(foreign)


def test_images_that_an_import_staged_are_known(tmp_path, children):
    store = ProjectStore.create(tmp_path / "ours", containment())
    pixels = np.zeros(GEOMETRY.shape, np.int16)
    with store.stage_pixels() as staging:
        name = staging.write(pixels, GEOMETRY)
        staging.keep()
    store.read_pixels(name)
    assert store.write_pixels(pixels, GEOMETRY) == name
    store.close()
    assert children == []
