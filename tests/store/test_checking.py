"""Real damage to real files: what a check names, and what a repair brings back."""

import hashlib
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

from benchmarks.damage_checks import plain
from benchmarks.damaged_project import copy_project, make_project
from spinegrader import durable
from spinegrader.domain.edits import ImportStudies, SetSetting, single_edits
from spinegrader.errors import CancelledError, ProjectError
from spinegrader.services.resources import load_scheme
from spinegrader.store import schema
from spinegrader.store.checking.examining import How
from spinegrader.store.checking.problems import Problem, ProblemKind
from spinegrader.store.checking.whole import CheckedProject, check_project
from spinegrader.store.compaction import compact_project
from spinegrader.store.layout import read_layout
from spinegrader.store.lines import encode_edit, make_line, parse_line
from spinegrader.store.project import ProjectStore
from spinegrader.store.recovery import LoadedProject, load_project
from spinegrader.store.snapshot import write_snapshot
from spinegrader.store.tables import packed, unpacked
from tests.store.store_samples import alter, as_nobody, make, only_journal, setting

K = ProblemKind
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Journals of four sessions (archived, closed, closed, open), project.h5, generations."""
    folder = tmp_path_factory.mktemp("whole") / "project"
    make_project(folder)
    return folder


@pytest.fixture
def project(whole: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    copy_project(whole, folder)
    return folder


@pytest.fixture(scope="module")
def truth(whole: Path) -> dict[str, object]:
    return content_of(whole)


def content_of(folder: Path) -> dict[str, object]:
    with_all = ProjectStore.open(folder)
    with_all.close(compact=False)
    return plain(with_all.state)


def check(folder: Path, *, repair: bool = False) -> CheckedProject:
    return check_project(folder, How(load_scheme()), repair=repair)


def left(checked: CheckedProject) -> list[Problem]:
    return [problem for problem in checked.problems if problem.is_left]


def kinds(checked: CheckedProject) -> list[ProblemKind]:
    return [problem.kind for problem in checked.problems]


def files(folder: Path) -> dict[str, tuple[str, int, int]]:
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mtime_ns,
            path.stat().st_mode,
        )
        for path in (folder, *folder.rglob("*"))
    }


def journals(folder: Path) -> list[Path]:
    """Oldest first, the archived one left out."""
    return sorted(
        (folder / "journal").glob("*.jsonl"),
        key=lambda path: json.loads(path.read_bytes().splitlines()[0])["at"],
    )


def wipe_line(journal: Path, number: int) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[number] = bytes(len(lines[number]) - 1) + b"\n"
    journal.write_bytes(b"".join(lines))


def only_journals(folder: Path) -> None:
    (folder / "project.h5").unlink()
    shutil.rmtree(folder / "generations")


def assert_mended(folder: Path, truth: dict[str, object], *mended: ProblemKind) -> None:
    """Named, mended, clean, told by the journals alone, and the same at the second time."""
    before = files(folder)
    assert set(mended) <= {problem.kind for problem in left(check(folder))}
    assert files(folder) == before
    repaired = check(folder, repair=True)
    assert not left(repaired)
    assert {problem.kind for problem in repaired.problems if problem.mended} >= set(mended)
    after = files(folder)
    assert not left(check(folder, repair=True))
    assert files(folder) == after
    store = ProjectStore.open(folder)
    assert store.recovery == ""
    assert plain(store.state) == truth
    store.close(compact=False)
    only_journals(folder)
    assert content_of(folder) == truth


# -- nothing wrong ----------------------------------------------------------------------------


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


# -- journals -----------------------------------------------------------------------------------


def test_a_flipped_bit_is_found_by_the_checksum(project, truth):
    journal = journals(project)[-1]
    at = journal.read_bytes().index(b'"graded_at"', 6000)
    alter(journal, lambda content: content.__setitem__(at + 20, content[at + 20] ^ 4))
    assert content_of(project) != truth
    (problem,) = left(check(project))
    assert problem.file == f"journal/{journal.name}"
    assert "is damaged in one byte" in problem.sentence
    content = journal.read_bytes()
    assert_mended(project, truth, K.JOURNAL_DAMAGED)
    assert journal.read_bytes() == content


@pytest.mark.parametrize("place", [3, 40, 78, 79, 95, -1])
def test_a_flipped_bit_anywhere_in_a_line_is_mended(project, truth, place):
    journal = journals(project)[-1]
    lines = journal.read_bytes().splitlines(keepends=True)
    start = sum(map(len, lines[:7]))
    at = start + (place if place >= 0 else len(lines[7]) - 1)
    alter(journal, lambda content: content.__setitem__(at, content[at] ^ 1))
    check(project, repair=True)
    assert not left(check(project))
    assert content_of(project) == truth


def test_what_only_project_h5_holds_is_told_again(project, truth):
    for number in (3, 4, 5, 20, 21, 22):
        wipe_line(journals(project)[0], number)
    sentences = " ".join(problem.sentence for problem in check(project).problems)
    assert "Lines 3 to 5 are damaged or missing; project.h5 holds" in sentences
    assert "study 1.2.826.1, L" in sentences
    assert "reader Reader B" in sentences
    assert_mended(project, truth, K.JOURNAL_DAMAGED, K.NOT_IN_JOURNALS)


def test_a_change_that_nothing_holds_stays_named(project, truth):
    journal = journals(project)[-1]
    wipe_line(journal, 3)
    check(project, repair=True)
    after = files(project)
    (problem,) = left(check(project, repair=True))
    assert files(project) == after
    assert (problem.kind, problem.mendable) == (K.CHANGE_LOST, False)
    assert "Line 3 is damaged" in problem.sentence
    store = ProjectStore.open(project)
    assert store.recovery == ""
    (lost,) = truth["grades"] - plain(store.state)["grades"]
    assert lost.graded_at.isoformat().startswith("2026-04-03T10:02")


def test_lines_that_were_lost_already_are_not_taken_for_kept_by_project_h5(project, truth):
    # project.h5 is written while line 3 is damaged; later the rest of the journal is, too.
    journal = journals(project)[-1]
    wipe_line(journal, 3)
    compact_project(project)
    for number in (2, 4):
        wipe_line(journal, number)
    check(project, repair=True)
    (problem,) = left(check(project))
    assert problem.sentence.startswith("Line 3 is damaged")
    assert len(truth["grades"] - content_of(project)["grades"]) == 1


def test_a_line_that_comes_back_is_taken_in(project, truth):
    journal = journals(project)[-1]
    whole = journal.read_bytes()
    wipe_line(journal, 3)
    compact_project(project)
    journal.write_bytes(whole)
    assert content_of(project) != truth
    assert_mended(project, truth, K.TABLES_DIFFER)


def test_a_missing_journal_is_told_again_from_project_h5(project, truth):
    journals(project)[1].unlink()
    next((project / "journal" / "archive").iterdir()).unlink()
    assert_mended(project, truth, K.JOURNAL_MISSING, K.NOT_IN_JOURNALS)
    assert kinds(check(project)).count(K.JOURNAL_MISSING) == 0  # nothing names them any more


def test_a_closed_journal_that_was_cut_off_is_told_again(project, truth):
    journal = journals(project)[0]
    alter(journal, lambda content: content.__delitem__(slice(5000, None)))
    assert_mended(project, truth, K.JOURNAL_DAMAGED)


@pytest.mark.parametrize("keep", [0, 200, 5000])
def test_an_interrupted_end_is_noted_once(project, keep):
    journal = journals(project)[-1]
    alter(journal, lambda content: content.__delitem__(slice(keep, None)))
    (problem,) = left(check(project))
    assert problem.kind is K.JOURNAL_CUT_OFF
    check(project, repair=True)
    (noted,) = check(project).problems
    assert noted.mended
    assert "notes it" in noted.sentence
    assert ProjectStore.open(project).recovery == ""


def test_a_flipped_newline_costs_nothing_and_is_noted(project, truth):
    journal = journals(project)[-1]
    end = journal.read_bytes().index(b"\n", 3000)
    alter(journal, lambda content: content.__setitem__(end, 0x0B))
    assert_mended(project, truth, K.JOURNAL_DAMAGED)


def test_an_answer_is_restored_from_the_one_that_replaced_it(tmp_path, whole):
    # The line of the first revision is wiped while no project.h5 exists.
    folder = tmp_path / "alone"
    copy_project(whole, folder)
    only_journals(folder)
    truth = content_of(folder)
    archived = next((folder / "journal" / "archive").iterdir())
    lines = [parse_line(line) for line in archived.read_bytes().splitlines()]
    number = next(line.number for line in lines if line.edit and line.edit.kind == "grade")
    wipe_line(archived, number)
    checked = check(folder, repair=True)
    assert {K.CHANGE_LOST, K.NOT_IN_JOURNALS} <= set(kinds(checked))
    assert content_of(folder)["grades"] == truth["grades"]
    assert K.REVISION_MISSING not in kinds(check(folder))


def test_a_missing_revision_is_named(tmp_path):
    folder = tmp_path / "gap"
    with ProjectStore.create(folder) as store:
        for edit in revisions(3):
            make(store, edit)
        store.close(compact=False)
    wipe_line(only_journal(folder), 3)
    (problem,) = [item for item in check(folder).problems if item.kind is K.REVISION_MISSING]
    assert problem.sentence == (
        "Revision 2 is missing (study 1.2.3.1, L4/L5, pfirrmann, reader Dr. Ümit Grau);"
        " later answers are there."
    )


def revisions(count: int):
    """An import and the revisions of one grade; the last doesn't say what it replaced."""
    from spinegrader.domain.edits import SetGrade
    from tests.store.store_samples import grade, studies_import

    yield studies_import()
    for revision in range(1, count + 1):
        yield SetGrade(None, grade(revision=revision))


def test_an_altered_line_is_never_passed_over(project):
    journal = journals(project)[-1]
    lines = journal.read_bytes().splitlines(keepends=True)
    line = parse_line(lines[4].rstrip(b"\n"))
    (edit,) = single_edits(line.edit)
    forged = replace(edit, after=replace(edit.after, value=edit.after.value % 5 + 1))
    old = json.loads(lines[4])
    lines[4], _ = make_line(4, old["at"], old["previous"], "edit", encode_edit(forged), line.by)
    journal.write_bytes(b"".join(lines))
    for repair in (False, True, False):
        assert K.JOURNAL_ALTERED in [problem.kind for problem in left(check(project))]
        check(project, repair=repair)


def test_what_project_h5_and_an_altered_journal_tell_differently_is_left_to_a_person(project):
    compact_project(project)
    before = (project / "project.h5").read_bytes()
    test_an_altered_line_is_never_passed_over(project)
    assert K.TABLES_DIFFER in [problem.kind for problem in left(check(project))]
    assert (project / "project.h5").read_bytes() == before


def test_lines_after_the_closing_one_are_named(project):
    journal = journals(project)[0]
    last = json.loads(journal.read_bytes().splitlines()[-1])
    line, _ = make_line(
        last["number"] + 1, last["at"], last["checksum"], "edit", encode_edit(setting("late"))
    )
    journal.write_bytes(journal.read_bytes() + line)
    assert [problem.kind for problem in left(check(project))] == [K.JOURNAL_CONTINUED]


def test_a_journal_of_another_project_or_of_no_session_is_named(project, tmp_path):
    with ProjectStore.create(tmp_path / "other") as other:
        make(other, setting("theirs"))
        other.close(compact=False)
    shutil.copy(only_journal(other.folder), project / "journal")
    assert [problem.kind for problem in left(check(project))] == [K.OTHER_PROJECT]
    (project / "journal" / only_journal(other.folder).name).unlink()
    copied = project / "journal" / "Copy of a journal.jsonl"
    shutil.copy(journals(project)[0], copied)
    assert [problem.kind for problem in left(check(project))] == [K.JOURNAL_NAME]


# -- project.h5 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["project.h5", "generations"])
def test_a_damaged_table_file_is_set_aside_and_never_deleted(project, truth, name):
    path = project / name
    if path.is_dir():
        path = min(path.iterdir())
    alter(path, lambda content: content.__setitem__(3000, content[3000] ^ 8))
    damaged = path.read_bytes()
    assert_mended(project, truth, K.TABLES_DAMAGED)
    assert (project / "damaged" / path.name).read_bytes() == damaged


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


# -- images ---------------------------------------------------------------------------------------


def test_a_damaged_image_is_set_aside_and_then_missing(project):
    path = min((project / "pixels").iterdir())
    alter(path, lambda content: content.__setitem__(2000, content[2000] ^ 8))
    (problem,) = left(check(project))
    assert (problem.kind, problem.file) == (K.IMAGE_DAMAGED, f"pixels/{path.name}")
    repaired = left(check(project, repair=True))
    assert "import the images again" in repaired[0].sentence
    assert f"It was moved to damaged/{path.name}." in repaired[0].sentence
    (problem,) = left(check(project, repair=True))
    assert problem.kind is K.IMAGE_MISSING
    assert "A damaged copy lies in damaged." in problem.sentence


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


# -- files ----------------------------------------------------------------------------------------


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


# -- the marker -----------------------------------------------------------------------------------


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


# -- killed in the middle -------------------------------------------------------------------------


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


# -- sessions beside it ---------------------------------------------------------------------------


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
