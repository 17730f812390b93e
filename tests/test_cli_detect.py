"""The command line's contract for ``detect``, with the detector that comes with the program."""

import json

import pytest

from spinegrader.commands.detect import detect
from spinegrader.services.annotating import confirm
from spinegrader.services.importing import import_paths
from spinegrader.services.session import Session
from spinegrader.services.untrusted import close_sandboxes
from spinegrader.simulate.cohort import simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig
from tests.command_calls import caller

SIZE = AcquisitionConfig(slices=3, rows=160, columns=160, samples_per_slice=1)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """One simulated person, T2 and T1."""
    folder = tmp_path_factory.mktemp("detect")
    simulate_cohort(folder / "dicom", 1, 0, 5, config=SIZE)
    session = Session.open_or_create(folder / "project", "A")
    import_paths(session, [folder / "dicom"])
    session.store.close(compact=False)
    close_sandboxes()
    return folder / "project"


@pytest.fixture
def command(capsys):
    return caller(detect, capsys)


def test_json_as_promised(command, project):
    code, out, err = command(project, "--json")
    assert code == 0, err
    first, second = json.loads(out)["series"]
    assert {"uid", "seconds", "vertebrae", "discs", "warnings"} <= set(first)
    assert {"level", "corners_mm", "confidence"} == set(first["vertebrae"][0])
    assert [len(corner) for corner in first["vertebrae"][0]["corners_mm"]] == [3] * 4
    assert {"L2", "L3", "L4"} <= {item["level"] for item in first["vertebrae"]}
    assert {"L2/L3", "L3/L4"} <= {item["level"] for item in first["discs"]}
    assert all(len(item["outline_mm"]) >= 3 for item in first["discs"])
    assert first["seconds"] > 0

    # What was found before is told again; what a reader confirmed is left out, or refused.
    code, out, _ = command(project, "--json")
    again, *_ = json.loads(out)["series"]
    assert (again["vertebrae"], again["seconds"]) == (first["vertebrae"], 0)
    session = Session.open(project, "A")
    confirm(session, first["uid"])
    session.store.close(compact=False)
    code, out, _ = command(project, "--again", "--json")
    assert [item["uid"] for item in json.loads(out)["series"]] == [second["uid"]]
    code, _, err = command(project, "--series", first["uid"])
    assert (code, "they stay as they are" in err) == (1, True)
    code, _, err = command(project, "--series", "9.9")
    assert (code, "no series 9.9" in err) == (1, True)
