import csv
import errno
import os
import struct
from pathlib import Path

import pytest
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.record_writer import masked_crc32c

from spinegrader.errors import TrainingError
from spinegrader.model import files
from spinegrader.model.runs import LOG, read_card
from spinegrader.model.tensorboard import PATTERN
from tests.model.test_model_loop import train


def read(folder):
    """The records of a run's only event file, checksums looked at."""
    (path,) = folder.glob(PATTERN)
    content, place, found = path.read_bytes(), 0, []
    while place < len(content):
        length, checksum = struct.unpack_from("<QI", content, place)
        assert checksum == masked_crc32c(content[place : place + 8])
        record = content[place + 12 : place + 12 + length]
        assert struct.unpack_from("<I", content, place + 12 + length)[0] == masked_crc32c(record)
        found.append(Event.FromString(record))
        place += 16 + length
    return found


def scalars(folder):
    """By epoch and tag; each must be there once."""
    found = {}
    for record in read(folder):
        for value in record.summary.value:
            assert (record.step, value.tag) not in found
            found[record.step, value.tag] = value.simple_value
    return found


def table(folder):
    with (folder / LOG).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        (int(row["epoch"]), name.replace("_", "/", 1) if name != "learning_rate" else name): value
        for row in rows
        for name, value in row.items()
        if value and (name.startswith(("train_", "validation_")) or name == "learning_rate")
    }


def test_tensorboard_is_told_what_the_table_says(tmp_path):
    train(tmp_path / "run", epochs=2)
    first, second, *_ = records = read(tmp_path / "run")
    assert first.file_version == "brain.Event:2"
    assert second.session_log.status == SessionLog.START
    found = scalars(tmp_path / "run")
    assert found == pytest.approx(
        {key: float(value) for key, value in table(tmp_path / "run").items()}
    )
    assert {1, 2} == {epoch for epoch, _ in found}
    assert (2, "learning_rate") in found
    assert (2, "validation/level_accuracy") in found
    assert [record.wall_time for record in records] == sorted(item.wall_time for item in records)


def test_a_run_that_goes_on_has_every_epoch_once(tmp_path):
    train(tmp_path / "run", epochs=1)
    train(tmp_path / "run", epochs=3, tensorboard=False)  # one that nobody watched in between
    train(tmp_path / "run", epochs=4)
    assert {epoch for epoch, _ in scalars(tmp_path / "run")} == {1, 2, 3, 4}


def test_an_old_file_that_is_held_open_stays_and_the_run_goes_on(tmp_path, monkeypatch):
    train(tmp_path / "run", epochs=1)
    (old,) = (tmp_path / "run").glob(PATTERN)
    plain = Path.unlink

    def held(path, **options):
        if path == old:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        plain(path, **options)

    monkeypatch.setattr(Path, "unlink", held)
    train(tmp_path / "run", epochs=2)
    monkeypatch.undo()
    old.unlink()
    assert {epoch for epoch, _ in scalars(tmp_path / "run")} == {1, 2}


def test_it_can_be_left_out(tmp_path):
    train(tmp_path / "run", epochs=1, tensorboard=False)
    assert not list((tmp_path / "run").glob(PATTERN))


def test_a_full_disk_is_told_as_elsewhere(tmp_path, monkeypatch):
    plain = files.write_all

    def full(descriptor, content):
        if b"brain.Event" in content:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        plain(descriptor, content)

    monkeypatch.setattr(files, "write_all", full)
    with pytest.raises(TrainingError, match=r"tfevents.*No space left on device.*free space"):
        train(tmp_path / "run", epochs=1)
    assert read_card(tmp_path / "run").state == "failed"
