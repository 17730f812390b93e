"""``spinegrader deidentify``: what a script reads and what a full disk leaves."""

import json
import os
import shlex
import subprocess
import sys

import pydicom
import pytest

from tests.imaging import canaries as planting
from tests.imaging.canaries import Canaries, survivors


@pytest.fixture
def images(tmp_path):
    """Ten slices of one person, one screen shot and a letter."""
    canaries = Canaries()
    folder = tmp_path / "images" / canaries.text()
    folder.mkdir(parents=True)
    for number in range(1, 11):
        content = planting.plain_image(canaries, "1.2.999.5", number, "ISO_IR 192")
        (folder / f"IM{number:04d}").write_bytes(content)
    shot = pydicom.dcmread(folder / "IM0001")
    shot.SOPInstanceUID, shot.ConversionType = canaries.uid(), "WSD"
    shot.save_as(folder / "SHOT")
    (folder / "letter.txt").write_text("Dear colleague")
    return folder, canaries


@pytest.fixture
def spinegrader(tmp_path):
    """Runs the program with a home of its own; ``before`` is shell that limits it."""
    home = {name: str(tmp_path / "home") for name in ("XDG_DATA_HOME", "LOCALAPPDATA")}

    def run(*arguments, before=""):
        words = [sys.executable, "-m", "spinegrader", *map(str, arguments)]
        command = ["bash", "-c", f"{before}\n{shlex.join(words)}"] if before else words
        return subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, env=os.environ | home
        )

    return run


def test_a_script_gets_counts_that_add_up(tmp_path, images, spinegrader):
    folder, canaries = images
    done = spinegrader("deidentify", folder, tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["written"], report["files_seen"]) == (10, 12)
    assert (report["patients"], report["studies"], report["series"]) == (1, 1, 1)
    reasons = {item["path"]: item["reason"] for item in report["skipped"]}
    assert set(reasons) == {"SHOT", "letter.txt"}
    assert "may show the patient's name" in reasons["SHOT"]
    names = sorted(path.name for path in (tmp_path / "out").rglob("*.dcm"))
    assert names == [f"{number:06d}.dcm" for number in range(1, 11)]
    assert survivors(canaries, tmp_path / "out") == []
    assert canaries.found_in(done.stderr.encode()) == []


def test_the_same_key_gives_the_same_person(tmp_path, images, spinegrader):
    folder, _ = images
    found = []
    for number, key in enumerate(("own", "own", "my.key", "my.key")):
        option = [] if key == "own" else ["--key", tmp_path / key]
        done = spinegrader("deidentify", folder, tmp_path / f"out{number}", "--json", *option)
        assert done.returncode == 0, done.stderr
        assert ("new key was made" in done.stderr) == (number in {0, 2})
        found.append(next((tmp_path / f"out{number}").iterdir()).name)
    assert found[0] == found[1] != found[2] == found[3]


def test_pictures_that_may_show_a_name_come_if_the_script_says_so(tmp_path, images, spinegrader):
    folder, _ = images
    done = spinegrader("deidentify", folder, tmp_path / "out", "--burned-in", "keep", "--json")
    assert (done.returncode, json.loads(done.stdout)["written"]) == (0, 11)


def test_wrong_use_and_wrong_folders_are_one_sentence(tmp_path, images, spinegrader):
    folder, _ = images
    assert spinegrader("deidentify", folder).returncode == 2
    assert spinegrader("deidentify", folder, tmp_path / "out", "--burned-in", "x").returncode == 2
    (tmp_path / "bad.key").write_text("not a key")
    for arguments, sentence in (
        ((folder, folder / "out"), "choose a folder outside"),
        ((folder, tmp_path), "not empty"),
        ((tmp_path / "nowhere", tmp_path / "out"), "nowhere"),
        ((folder, tmp_path / "out", "--key", tmp_path / "bad.key"), "holds no key"),
    ):
        done = spinegrader("deidentify", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="limits are set by a shell of Unix")
def test_a_full_disk_is_one_sentence_and_leaves_whole_files(tmp_path, images, spinegrader):
    folder, canaries = images
    big = pydicom.dcmread(folder / "IM0005")
    big.Rows, big.Columns, big.PixelData = 300, 300, bytes(180_000)
    big.save_as(folder / "IM0005")
    # No file may grow beyond 64 blocks of 1 KiB: as the system tells it, there is no room.
    done = spinegrader("deidentify", folder, tmp_path / "out", before="ulimit -f 64")
    assert (done.returncode, done.stdout) == (1, "")
    assert "disk is full: 4 files written" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2  # with the line that names the new key
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(left) == 4
    assert all(pydicom.dcmread(path).pixel_array.shape == (16, 12) for path in left)
    assert survivors(canaries, tmp_path / "out") == []
