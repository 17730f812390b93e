"""Each call that writes fails in turn: the short version of the benchmark, within this process."""

import errno
import os
import shutil

import pytest

from benchmarks.failing_checks import Earlier, Kind, findings_after, findings_after_going_on
from benchmarks.failing_operations import (
    OPERATIONS,
    ArchivingCompaction,
    CompactionWithoutLinks,
    Creation,
    FirstEdit,
    LaterEdit,
    NewImage,
)
from benchmarks.failing_python import Failure, failing
from benchmarks.failing_session import Place
from spinegrader import durable
from spinegrader.errors import ProjectError
from spinegrader.store.project import ProjectStore

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
TRIED = [item for item in OPERATIONS if item not in (CompactionWithoutLinks, ArchivingCompaction)]
"""Archiving without hard links makes all the calls of these two as well."""


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """No power is lost here: only that syncing may fail matters, not that it takes its time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return Place.made_in(tmp_path_factory.mktemp("failing"))


def calls_of(operation, place):
    attempt = prepared(operation, place).attempt(failing(denied=operation.denied))
    assert attempt.done
    assert attempt.calls
    return attempt.calls


def prepared(operation, place, failure=None):
    shutil.rmtree(place.project, ignore_errors=True)
    removal_fails = bool(failure and failure.removal_too)
    acting = operation(place.project, removal_fails=removal_fails)
    acting.prepare(place.template)
    return acting


def tried(operation, place, failure):
    """What comes of one failure: the attempt, and what is not as it should be."""
    acting = prepared(operation, place, failure)
    earlier = Earlier.seen_in(place.project)
    attempt = acting.attempt(failing(failure, operation.denied))
    findings = findings_after(place.project, attempt, earlier)
    findings += findings_after_going_on(place.project, acting.go_on(), earlier)
    return attempt, findings


@pytest.mark.parametrize("operation", TRIED, ids=lambda operation: operation.__name__)
def test_whichever_call_fails_nothing_is_lost_and_the_session_goes_on(operation, place):
    calls = calls_of(operation, place)
    # Of long ones some, of every kind; the benchmark has them all.
    for number in range(0, len(calls), 1 if len(calls) < 20 else 5):
        failure = Failure(number, ERRORS[number % len(ERRORS)])
        attempt, findings = tried(operation, place, failure)
        assert not findings, (calls[number], failure)
        assert len(attempt.calls) > number, "the call has failed"


@pytest.mark.parametrize("operation", [FirstEdit, LaterEdit, NewImage, Creation])
def test_a_disk_that_fails_for_good_keeps_all_there_was(operation, place):
    for number, kind in enumerate(calls_of(operation, place)):
        attempt, findings = tried(operation, place, Failure(number, errno.EIO, lasting=True))
        assert not findings, (kind, number)
        assert not attempt.done or kind in ("close", "unlink")


@pytest.mark.parametrize("operation", [FirstEdit, LaterEdit, NewImage, Creation])
@pytest.mark.parametrize("code", [0, errno.ENOSPC])
def test_a_write_that_stops_half_way_is_finished_or_taken_back(operation, place, code):
    writes = [n for n, kind in enumerate(calls_of(operation, place)) if kind == "write"]
    assert writes
    for number in writes:
        attempt, findings = tried(operation, place, Failure(number, code, short=True))
        assert not findings
        assert attempt.done is (code == 0)
        assert attempt.done or "The disk is full." in attempt.sentence


@pytest.mark.parametrize("operation", [FirstEdit, LaterEdit])
def test_an_edit_that_is_neither_confirmed_nor_taken_back_comes_back_and_nothing_else(
    operation, place
):
    last = len(calls_of(operation, place)) - 1
    failure = Failure(last, errno.EIO, lasting=True, removal_too=True)
    attempt, findings = tried(operation, place, failure)
    assert "the last change was not kept" in attempt.sentence
    assert {finding.kind for finding in findings} == {Kind.CAME_BACK}


def test_a_store_that_does_not_finish_short_writes_is_found_out(place, monkeypatch):
    def write_once(descriptor, content):
        os.write(descriptor, content)

    monkeypatch.setattr(durable, "write_all", write_once)
    attempt, findings = tried(LaterEdit, place, Failure(0, code=0, short=True))
    assert attempt.done
    assert Kind.LOST in {finding.kind for finding in findings}


def test_a_store_that_leaves_half_a_refused_line_is_found_out(place, monkeypatch):
    monkeypatch.setattr("spinegrader.store.journal.os.ftruncate", lambda *_: None)
    _, findings = tried(LaterEdit, place, Failure(0, errno.ENOSPC, short=True))
    assert Kind.BROKEN in {finding.kind for finding in findings}


def test_after_a_failed_creation_there_is_no_project_and_the_folder_can_be_used(folder):
    with failing() as calls:
        ProjectStore.create(folder)
    assert len(calls.made) > 10
    for number in range(len(calls.made)):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            with failing(Failure(number, errno.ENOSPC)):
                ProjectStore.create(folder)
        except ProjectError:
            with pytest.raises(ProjectError, match=r"not a SpineGrader project|There is no folder"):
                ProjectStore.open(folder)
            ProjectStore.create(folder)
        assert ProjectStore.open(folder).recovery == ""
