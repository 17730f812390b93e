"""The command line's contract for ``import-masks``."""

import json

import pytest

from spinegrader.commands.import_masks import import_masks
from spinegrader.imaging.mask_conventions import Convention
from spinegrader.services.annotating import confirm
from spinegrader.services.session import Session
from tests.command_calls import caller
from tests.imaging.painted_masks import LUMBAR, painted, spine, write_map
from tests.services.conftest import GEOMETRY, fill

SERIES = "1.2.11.1"


@pytest.fixture
def project(tmp_path):
    session = Session.open_or_create(tmp_path / "project", "A")
    fill(session)
    session.store.close(wait=True)
    return tmp_path / "project"


@pytest.fixture(scope="module")
def mask(tmp_path_factory):
    labels = painted(spine(LUMBAR[2:], top_mm=-100), GEOMETRY, Convention.SPIDER)
    return write_map(tmp_path_factory.mktemp("masks") / "map.mha", labels, GEOMETRY)


@pytest.fixture
def command(capsys):
    return caller(import_masks, capsys)


def test_json_as_promised(command, project, mask):
    code, out, err = command(project, SERIES, mask, "--convention", "spider", "--json")
    assert (code, err) == (0, "")
    (series,) = json.loads(out)["series"]
    assert {"uid", "seconds", "vertebrae", "discs", "warnings"} <= set(series)
    assert [item["level"] for item in series["vertebrae"]] == [str(item) for item in LUMBAR[2:]]
    assert [item["level"] for item in series["discs"]][-1] == "L5/S1"
    session = Session.open(project, "A")
    assert len(session.state.overlay(SERIES).vertebrae) == 6
    confirm(session, SERIES)
    session.close()
    code, _, err = command(project, SERIES, mask)
    assert (code, "confirmed" in err) == (1, True)
    assert command(project, SERIES, mask, "--replace-confirmed")[0] == 0


def test_words_without_json(command, project, mask):
    code, out, _ = command(project, SERIES, mask)
    assert (code, out) == (0, "6 vertebrae by SPIDER: L1, L2, L3, L4, L5, S1.\n")


def test_failures_are_one_sentence(command, project, mask, tmp_path):
    for arguments, word in (
        ((project, "9.9", mask), "no series 9.9"),
        ((project, SERIES, tmp_path / "gone.nii"), "gone.nii"),
        ((tmp_path / "nowhere", SERIES, mask), "nowhere"),
        ((project, SERIES, mask, "--convention", "spineps"), "SPINEPS"),
    ):
        code, out, err = command(*arguments)
        assert (code, out) == (1, "")
        assert word in err
        assert len(err.strip().splitlines()) == 1
    assert command(project, SERIES, mask, "--convention", "other")[0] == 2
