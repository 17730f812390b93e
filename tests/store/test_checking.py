"""A check changes nothing, a repair nothing that is right; table files, the marker, sessions."""

import os
import shutil
from pathlib import Path

import pytest

from benchmarks.damage_checks import plain
from spinegrader import durable
from spinegrader.domain.edits import SetSetting
from spinegrader.errors import CancelledError, ProjectError
from spinegrader.services.resources import load_scheme
from spinegrader.store import schema
from spinegrader.store.checking.examining import How
from spinegrader.store.checking.problems import ProblemKind
from spinegrader.store.checking.whole import check_project
from spinegrader.store.compaction import compact_project
from spinegrader.store.layout import read_layout
from spinegrader.store.project import ProjectStore
from spinegrader.store.recovery import LoadedProject, load_project
from spinegrader.store.snapshot import write_snapshot
from spinegrader.store.tables import packed, unpacked
from tests.store.checking_samples import (
    assert_mended,
    check,
    content_of,
    files,
    journals,
    kinds,
    left,
    only_journals,
    project,
    truth,
    whole,
    wipe_line,
)
from tests.store.store_samples import alter, make, only_journal, setting

__all__ = ["project", "truth", "whole"]

K = ProblemKind


def test_the_document_tells_what_each_kind_means():
    text = (Path(__file__).parents[2] / "docs" / "store.md").read_text(encoding="utf-8")
    assert [kind.value for kind in K if f"`{kind.value}`" not in text] == []


def test_a_sound_project_has_no_problem_and_stays_as_it_is(project):
    before = files(project)
    checked = check(project)
    assert checked.problems == ()
    counts = checked.counts
    assert (counts.journals, counts.tables, counts.images, counts.grades) == (4, 3, 3, 84)
    assert counts.lines == counts.changes + 4 + 3  # headers, and three were closed
    assert counts.image_bytes == sum(path.stat().st_size for path in project.glob("pixels/*"))
    assert files(project) == before


def test_progress_is_told_to_the_end_and_a_wish_to_stop_is_heeded(project):
    told: dict[str, tuple[int, int]] = {}

    def note(name: str, done: int, total: int) -> None:
        told[name] = (done, total)

    check_project(project, How(progress=note))
    assert set(told) == {"Journals", "Tables", "Images"}
    assert all(done == total > 0 for done, total in told.values())
    before = files(project)
    with pytest.raises(CancelledError):
        check_project(project, How(stop=lambda: True), repair=True)
    assert files(project) == before


@pytest.mark.parametrize("name", ["project.h5", "generations"])
def test_a_damaged_table_file_is_set_aside_and_never_deleted(project, truth, name):
    path = project / name
    if path.is_dir():
        path = min(path.iterdir())
    alter(path, lambda content: content.__setitem__(3000, content[3000] ^ 8))
    damaged = path.read_bytes()
    assert_mended(project, truth, K.TABLES_DAMAGED)
    (kept,) = (project / "damaged").glob(f"*-{path.name}")
    assert kept.read_bytes() == damaged


def test_a_missing_project_h5_is_rebuilt(project, truth):
    (project / "project.h5").unlink()
    assert_mended(project, truth, K.TABLES_MISSING)


def rewritten(project: Path, change) -> None:
    """project.h5 with another content, sealed as if the program had written it."""
    layout = read_layout(project)
    loaded = load_project(layout, whole=True)
    rows = list(unpacked(schema.AUDIT, loaded.audit))
    change(loaded, rows)
    write_snapshot(layout, loaded.state, loaded.positions, packed(schema.AUDIT, rows))


def test_a_grade_that_project_h5_lacks_is_named_and_comes_back(project, truth):
    def take_out(loaded: LoadedProject, _: list) -> None:
        key = next(iter(loaded.state.grades))
        loaded.state.grades.put(key, loaded.state.grades[key][:-1])

    rewritten(project, take_out)
    (problem,) = left(check(project))
    assert (
        "It doesn't hold what the journals tell: study 1.2.826.1, T12/L1, pfirrmann, "
        in problem.sentence
    )
    assert_mended(project, truth, K.TABLES_DIFFER)


@pytest.mark.parametrize(
    ("register", "words"),
    [
        ("flags", "flag study of"),
        ("readings", "ask for a repeated reading of"),
        ("sights", "end of blinding, study 1.2.826.1, reader Reader B, reading 1"),
    ],
)
def test_what_project_h5_lacks_about_readings_is_named_and_comes_back(
    project, truth, register, words
):
    rewritten(project, lambda loaded, _: getattr(loaded.state, register).clear())
    (problem,) = left(check(project))
    assert "It doesn't hold what the journals tell" in problem.sentence
    assert words in problem.sentence
    assert_mended(project, truth, K.TABLES_DIFFER)


def test_an_overlay_that_project_h5_holds_otherwise_is_left_to_a_person(project):
    """One drawn outline makes the difference."""

    def follow(loaded: LoadedProject, _: list) -> None:
        stamp, overlay = loaded.state.overlays["1.2.826.1.1"]
        derived = overlay.with_derived_disc(overlay.edited_discs[0].level)
        loaded.state.overlays.put("1.2.826.1.1", (stamp, derived))

    rewritten(project, follow)
    (problem,) = left(check(project))
    assert problem.kind is K.TABLES_DIFFER
    assert "overlay of" in problem.sentence


def test_an_altered_audit_trail_is_named_and_renewed(project, truth):
    def blame(_: LoadedProject, rows: list) -> None:
        rows[0] = (*rows[0][:3], "Somebody else", *rows[0][4:])

    rewritten(project, blame)
    assert_mended(project, truth, K.AUDIT_DIFFERS)


def test_an_older_layout_is_checked_and_not_changed(tmp_path):
    folder = tmp_path / "early"
    shutil.copytree(Path(__file__).parent / "layout_2_project", folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    before = files(folder)
    found = set(kinds(check(folder, repair=True)))
    assert found == {K.IMAGE_MISSING, K.GRADE_RULE}  # as its samples are
    assert files(folder) == before


def test_a_project_with_a_damaged_marker_opens_and_is_mended(project, truth):
    marker = project / "spinegrader.json"
    project_id = read_layout(project).project_id
    alter(marker, lambda content: content.__setitem__(40, content[40] ^ 2))
    store = ProjectStore.open(project)
    assert store.project_id == project_id
    assert "spinegrader.json is damaged" in store.recovery
    store.close(compact=False)
    assert_mended(project, truth, K.MARKER_DAMAGED)
    assert read_layout(project).project_id == project_id


def test_the_next_project_h5_mends_the_marker(project):
    (project / "spinegrader.json").write_bytes(b"")
    ProjectStore.open(project).close()
    assert ProjectStore.open(project).recovery == ""


def test_a_missing_marker_is_mended(project, truth):
    (project / "spinegrader.json").unlink()
    assert_mended(project, truth, K.MARKER_DAMAGED)


def test_files_that_do_not_agree_which_project_they_are_open_none(project, tmp_path):
    with ProjectStore.create(tmp_path / "other") as other:
        make(other, setting("theirs"))
        other.close(compact=False)
    shutil.copy(only_journal(other.folder), project / "journal")
    (project / "spinegrader.json").write_bytes(b"")
    for look in (ProjectStore.open, check):
        with pytest.raises(ProjectError, match=r"spinegrader\.json of project is damaged"):
            look(project)


def test_an_empty_project_gets_a_new_marker(tmp_path):
    ProjectStore.create(tmp_path / "p").close()
    (tmp_path / "p" / "spinegrader.json").write_bytes(b"{")
    with pytest.raises(ProjectError, match="damaged"):
        ProjectStore.open(tmp_path / "p")
    assert not left(check(tmp_path / "p", repair=True))
    ProjectStore.open(tmp_path / "p").close()


def test_what_is_no_project_is_not_made_one(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ProjectError, match="is not a SpineGrader project"):
        check(tmp_path, repair=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("step", range(4))
def test_a_repair_that_ends_in_between_leaves_a_project_that_opens(
    project, truth, monkeypatch, step
):
    (project / "spinegrader.json").write_bytes(b"")
    wipe_line(journals(project)[0], 3)
    alter(min((project / "generations").iterdir()), lambda content: content.__delitem__(0))
    real, done = durable.sync_folder, []

    def failing(folder: Path) -> None:
        done.append(folder)
        if len(done) > step:
            raise OSError(5, os.strerror(5))
        real(folder)

    with monkeypatch.context() as patch:
        patch.setattr(durable, "sync_folder", failing)
        with pytest.raises(ProjectError, match="repair is not complete"):
            check(project, repair=True)
    assert content_of(project) == truth
    check(project, repair=True)
    assert not left(check(project))
    only_journals(project)
    assert content_of(project) == truth


def test_a_session_that_writes_meanwhile_is_no_problem(project):
    store = ProjectStore.open(project)
    make(store, SetSetting("before", None, "1"))

    def write(*_: object) -> None:
        make(store, SetSetting("meanwhile", store.state.setting("meanwhile"), "1"))
        compact_project(project)

    assert not check_project(project, How(load_scheme(), progress=write)).problems
    repaired = check_project(project, How(load_scheme(), progress=write), repair=True)
    assert not repaired.problems
    store.close(compact=False)
    assert content_of(project) == plain(store.state)
