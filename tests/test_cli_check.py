"""``spinegrader check``: exit codes, one JSON document, and what a repair does."""

import json
from pathlib import Path

import pytest

from benchmarks.damaged_project import make_project
from tests.store.store_samples import alter
from tests.test_cli import spinegrader


@pytest.fixture
def project(tmp_path: Path) -> Path:
    make_project(tmp_path / "project")
    return tmp_path / "project"


def test_sound_damaged_mended(project):
    code, out, err = spinegrader("check", project)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "Nothing is wrong."
    path = project / "project.h5"
    alter(path, lambda content: content.__setitem__(3000, content[3000] ^ 8))
    damaged = path.read_bytes()

    code, out, _ = spinegrader("check", project, "--json")
    document = json.loads(out)
    assert (code, document["is_sound"]) == (1, False)
    (problem,) = document["problems"]
    assert (problem["kind"], problem["file"]) == ("tables-damaged", "project.h5")
    assert (problem["mendable"], problem["mended"], problem["note"]) == (True, False, False)
    assert path.read_bytes() == damaged

    code, out, _ = spinegrader("check", project, "--repair")
    assert code == 0
    assert "moved to the folder “damaged”" in out
    assert out.splitlines()[-1] == "Everything that was wrong is mended."
    code, out, _ = spinegrader("check", project, "--json")
    assert (code, json.loads(out)["problems"]) == (0, [])


def test_what_cannot_be_mended_ends_with_1(project):
    image = min((project / "pixels").iterdir())
    image.unlink()
    for _ in range(2):
        code, out, _ = spinegrader("check", project, "--repair")
        assert code == 1
        assert f"pixels/{image.name}: The image is missing." in out
        assert out.splitlines()[-1] == "1 problem is left."


def test_what_is_no_project_is_one_sentence(tmp_path):
    code, out, err = spinegrader("check", tmp_path / "nowhere", "--json")
    assert (code, out) == (1, "")
    assert err.strip() == (
        "There is no folder nowhere. It may have been moved, or its disk not connected."
    )
