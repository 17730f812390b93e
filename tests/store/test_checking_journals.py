"""Real damage to journals: what a check names, and what a repair brings back."""

import json
import shutil
from dataclasses import replace

import pytest

from benchmarks.damage_checks import plain
from benchmarks.damaged_project import copy_project
from spinegrader.domain.edits import single_edits
from spinegrader.store.checking.problems import ProblemKind
from spinegrader.store.compaction import compact_project
from spinegrader.store.lines import encode_edit, make_line, parse_line
from spinegrader.store.project import ProjectStore
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
