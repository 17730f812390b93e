"""De-identified folders and imports: nothing tells a person, and every file is accounted for."""

import datetime as dt
import logging
import stat
import sys
import threading

import numpy as np
import pydicom
import pytest

from spinegrader.errors import CancelledError, InputError
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.services.deidentifying import (
    Deidentification,
    TextInPictures,
    ask_for_deidentification,
    asks_for_deidentification,
    deidentify,
    pseudonymiser_of,
)
from spinegrader.services.importing import import_paths
from spinegrader.services.logs import log_file, start_logging
from spinegrader.services.pseudonym_keys import (
    key_file_of_project,
    read_key,
    read_or_make_key,
)
from spinegrader.services.session import Session
from tests.imaging import canaries as planting
from tests.imaging.canaries import NAMES, Canaries, survivors

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(processes=1) as worker:
        yield worker


@pytest.fixture(autouse=True)
def own_folders(monkeypatch, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(home))
    return home


@pytest.fixture
def hospital(tmp_path):
    """Three visits of several people with secrets everywhere, and what else lies on a CD."""
    canaries = Canaries()
    folder = tmp_path / "hospital" / canaries.text()
    for index, character_set in enumerate(NAMES):
        place = folder / canaries.text()
        place.mkdir(parents=True)
        for number in range(1, 4):
            content = planting.plain_image(canaries, f"1.2.999.5.{index}", number, character_set)
            (place / canaries.text()).write_bytes(content)
    planting.write(planting.image(canaries), folder / canaries.text(), canaries)
    (folder / "letter.txt").write_text(f"Dear {canaries.text()}")
    return folder, canaries


def wanted(source, folder, **options):
    return Deidentification([source], folder, KEY, **options)


def test_nothing_of_a_hospital_is_in_the_new_folder(tmp_path, hospital, sandbox, caplog):
    caplog.set_level(logging.DEBUG)
    start_logging()
    source, canaries = hospital
    report = deidentify(wanted(source, tmp_path / "out"), worker=sandbox)
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    seen = sum(path.is_file() for path in source.rglob("*"))
    assert (report.files_seen, report.written) == (seen, len(written)) == (38, 37)
    assert [item.path for item in report.skipped] == ["letter.txt"]
    assert survivors(canaries, tmp_path / "out") == []
    told = caplog.text.encode() + (log_file().read_bytes() if log_file().exists() else b"")
    assert canaries.found_in(told) == []
    if sys.platform != "win32":
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").rglob("*")}
        assert modes == {0o600, 0o700}


def test_nothing_of_a_hospital_is_in_a_project_that_asks_for_it(tmp_path, hospital, caplog):
    caplog.set_level(logging.DEBUG)
    start_logging()
    source, canaries = hospital
    session = Session.open_or_create(tmp_path / "project", "A")
    ask_for_deidentification(session, True)
    report = import_paths(session, [source])
    assert len(report.series) == len(NAMES)
    assert all(len(item.slice_hashes) == 3 for item in session.state.series.values())
    session.close()
    session.store.close(wait=True)
    assert (tmp_path / "project" / "project.h5").exists()
    assert survivors(canaries, tmp_path / "project") == []
    told = caplog.text.encode() + (log_file().read_bytes() if log_file().exists() else b"")
    assert canaries.found_in(told) == []


def test_an_import_tells_the_same_as_the_files(tmp_path, hospital, sandbox):
    source, _ = hospital
    session = Session.open_or_create(tmp_path / "project", "A")
    ask_for_deidentification(session, True)
    key = read_key(key_file_of_project(session.store.project_id))
    import_paths(session, [source])
    deidentify(Deidentification([source], tmp_path / "out", key), worker=sandbox)
    later = Session.open_or_create(tmp_path / "later", "A")
    import_paths(later, [tmp_path / "out"])
    assert set(session.state.series) == set(later.state.series)
    assert set(session.state.patients) == set(later.state.patients)
    for uid, study in session.state.studies.items():
        assert later.state.studies[uid].date == study.date
        assert study.date is not None
    for opened in (session, later):
        opened.store.close(wait=True)


def test_follow_ups_stay_one_person_and_as_long_apart(tmp_path, write_dicom, sandbox):
    write_dicom("a/1", StudyInstanceUID="1.2.1", StudyDate="20150201")
    write_dicom("b/1", StudyInstanceUID="1.2.2", StudyDate="20240501")
    write_dicom("c/1", StudyInstanceUID="1.2.3", StudyDate="20240501", PatientID="P2")
    report = deidentify(wanted(write_dicom.folder, tmp_path / "out"), worker=sandbox)
    assert (report.patients, report.studies, report.series, report.written) == (2, 3, 3, 3)
    found = [pydicom.dcmread(path) for path in sorted((tmp_path / "out").rglob("*.dcm"))]
    dates: dict[str, list[dt.date]] = {}
    for dataset in found:
        dates.setdefault(dataset.PatientID, []).append(dt.date.fromisoformat(dataset.StudyDate))
    first, second = next(days for days in dates.values() if len(days) == 2)
    assert abs(second - first) == dt.date(2024, 5, 1) - dt.date(2015, 2, 1)


@pytest.fixture
def write_dicom(tmp_path):
    """Writes a plain slice with some elements changed."""

    def write(name, **elements):
        path = write.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(planting.plain_image(Canaries(), "1.2.999.5", 1, "ISO_IR 100"))
        dataset = pydicom.dcmread(path)
        dataset.SOPInstanceUID = f"1.2.{int.from_bytes(name.encode())}"
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)
        dataset.save_as(path)
        return path

    write.folder = tmp_path / "images"
    return write


def test_a_picture_that_comes_twice_is_written_once(tmp_path, write_dicom, sandbox):
    first = write_dicom("a")
    (write_dicom.folder / "b").write_bytes(first.read_bytes())
    report = deidentify(wanted(write_dicom.folder, tmp_path / "out"), worker=sandbox)
    assert (report.written, report.files_seen) == (1, 2)
    assert report.skipped[0].reason == "It is the same image as a."


@pytest.mark.parametrize(
    ("choice", "answer", "written", "asked"),
    [
        (TextInPictures.SKIP, True, 1, []),
        (TextInPictures.KEEP, False, 3, []),
        (TextInPictures.ASK, False, 1, [2]),
        (TextInPictures.ASK, True, 3, [2]),
    ],
)
def test_pictures_that_may_show_a_name_are_asked_about(
    tmp_path, write_dicom, sandbox, choice, answer, written, asked
):
    write_dicom("a")
    write_dicom("b", BurnedInAnnotation="YES")
    write_dicom("c", ConversionType="WSD")
    questions = []
    report = deidentify(
        wanted(
            write_dicom.folder,
            tmp_path / "out",
            text_in_pictures=choice,
            keep_them=lambda count: questions.append(count) or answer,
        ),
        worker=sandbox,
    )
    assert (report.written, report.files_seen, questions) == (written, 3, asked)
    assert all("name" in item.reason for item in report.skipped)


def test_originals_stay_and_the_new_folder_is_apart(tmp_path, write_dicom, sandbox):
    path = write_dicom("a")
    before = path.read_bytes()
    folder = write_dicom.folder
    for out in (folder, folder / "out", tmp_path):
        with pytest.raises(InputError, match=r"lies in|not empty"):
            deidentify(wanted(folder, out), worker=sandbox)
    assert [item.name for item in folder.iterdir()] == ["a"]
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="no file or folder"):
        deidentify(wanted(tmp_path / "nowhere", tmp_path / "out"), worker=sandbox)
    assert not (tmp_path / "out").exists()


def test_where_nothing_can_be_written_nothing_is_left(tmp_path, sandbox):
    source = tmp_path / "letters"
    source.mkdir()
    (source / "letter.txt").write_text("Dear colleague")
    with pytest.raises(InputError, match="Nothing in letters could be de-identified") as caught:
        deidentify(wanted(source, tmp_path / "out"), worker=sandbox)
    assert caught.value.context == {"letter.txt": "It is not a DICOM file."}
    assert not (tmp_path / "out").exists()


def test_when_stopped_only_whole_files_are_left(tmp_path, write_dicom, sandbox):
    for number in range(40):
        write_dicom(f"{number:02d}")
    stop = threading.Event()

    def emit(event):
        if event.done == 5:
            stop.set()

    with pytest.raises(CancelledError):
        deidentify(wanted(write_dicom.folder, tmp_path / "out"), emit, stop.is_set, sandbox)
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert 5 <= len(left) < 40
    assert all(pydicom.dcmread(path).pixel_array.size for path in left)
    assert not (tmp_path / "out" / ".unfinished").exists()


def test_pixels_are_the_same(tmp_path, write_dicom, sandbox):
    path = write_dicom("a")
    deidentify(wanted(path, tmp_path / "out"), worker=sandbox)
    (new,) = (tmp_path / "out").rglob("*.dcm")
    np.testing.assert_array_equal(
        pydicom.dcmread(new).pixel_array, pydicom.dcmread(path).pixel_array
    )


# -- keys and the project's setting ---------------------------------------------------------


def test_a_key_is_made_once_and_is_its_owners_alone(tmp_path):
    file = tmp_path / "new" / "my.key"
    keys: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: keys.append(read_or_make_key(file))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    assert [item.name for item in file.parent.iterdir()] == ["my.key"]
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_or_make_key(tmp_path / "other.key") != keys[0]


@pytest.mark.parametrize("content", [b"", b"abc", b"00" * 31, b"zz" * 32, bytes(5000)])
def test_a_damaged_key_is_never_replaced(tmp_path, content):
    file = tmp_path / "my.key"
    file.write_bytes(content)
    with pytest.raises(InputError, match="holds no key"):
        read_or_make_key(file)
    assert file.read_bytes() == content


def test_a_key_file_in_a_place_that_is_none_says_so(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="key"):
        read_or_make_key(tmp_path / "file" / "my.key")


def test_a_project_asks_for_de_identification_until_told_otherwise(session):
    assert not asks_for_deidentification(session)
    ask_for_deidentification(session, True)
    assert asks_for_deidentification(session)
    first = pseudonymiser_of(session).patient_id("P1")
    session.undo()
    assert not asks_for_deidentification(session)
    ask_for_deidentification(session, True)
    assert pseudonymiser_of(session).patient_id("P1") == first
    key = key_file_of_project(session.store.project_id)
    assert session.store.folder not in key.parents
    secret = key.read_bytes().strip()
    assert not [
        p for p in session.store.folder.rglob("*") if p.is_file() and secret in p.read_bytes()
    ]


def test_another_computer_is_told_to_bring_the_key(session):
    ask_for_deidentification(session, True)
    file = key_file_of_project(session.store.project_id)
    content = file.read_bytes()
    file.unlink()
    with pytest.raises(InputError, match="isn't on this computer"):
        pseudonymiser_of(session)
    assert not file.exists()
    file.write_bytes(b"11" * 32)
    with pytest.raises(InputError, match="another key"):
        pseudonymiser_of(session)
    ask_for_deidentification(session, False)
    with pytest.raises(InputError, match="another key"):
        ask_for_deidentification(session, True)
    file.write_bytes(content)
    ask_for_deidentification(session, True)


def test_every_project_has_a_key_of_its_own(session, tmp_path):
    other = Session.open_or_create(tmp_path / "other", "A")
    one, two = pseudonymiser_of(session), pseudonymiser_of(other)
    assert one.patient_id("P1") != two.patient_id("P1")
    other.store.close(wait=True)
