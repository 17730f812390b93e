"""A run's curves as TensorBoard reads them, beside ``log.csv``.

The file is begun anew whenever a run goes on, from the history that its checkpoint holds, and
tells TensorBoard to forget what it knew: no epoch is there twice, and none is missing.
"""

import logging
import struct
import time
from collections.abc import Sequence
from pathlib import Path

from tensorboardX.proto.event_pb2 import Event as Record
from tensorboardX.proto.event_pb2 import SessionLog
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.record_writer import masked_crc32c

from spinegrader.model.events import EpochEvent
from spinegrader.model.files import append

PATTERN = "events.out.tfevents.*"
"""Names by which TensorBoard knows its files."""

_VERSION = "brain.Event:2"

_log = logging.getLogger(__name__)


class TensorBoardLog:
    """Appends one epoch after the other; TensorBoard can see it when :meth:`add` returns.

    Args:
        run_folder: Of the run; files of its earlier sessions are replaced.
        history: Epochs that were made before.

    Raises:
        TrainingError: If the file can't be written.
    """

    def __init__(self, run_folder: Path, history: Sequence[EpochEvent]) -> None:
        # TensorBoard reads files in the order of their names. That of the computer, which is
        # usual at the end, is nobody's business.
        name = f"{time.time_ns() // 1000}.spinegrader"
        self._path = run_folder / PATTERN.replace("*", name)
        now_s = time.time()
        past_s = history[-1].elapsed_s if history else 0.0
        records = [
            Record(wall_time=now_s, file_version=_VERSION),
            Record(wall_time=now_s, step=0, session_log=SessionLog(status=SessionLog.START)),
        ]
        records += [_record(event, now_s - (past_s - event.elapsed_s)) for event in history]
        self._append(records)
        for older in run_folder.glob(PATTERN):
            if older != self._path:
                _remove(older)

    def add(self, event: EpochEvent) -> None:
        """Appends an epoch's figures and learning rate.

        Raises:
            TrainingError: If the file can't be written.
        """
        self._append([_record(event, time.time())])

    def _append(self, records: Sequence[Record]) -> None:
        append(self._path, b"".join(_framed(record.SerializeToString()) for record in records))


def _record(event: EpochEvent, at_s: float) -> Record:
    """All figures of an epoch, which is their step."""
    figures = {f"train/{name}": value for name, value in event.train.items()}
    figures |= {f"validation/{name}": value for name, value in event.validation.items()}
    if event.learning_rate is not None:
        figures["learning_rate"] = event.learning_rate
    values = [Summary.Value(tag=tag, simple_value=value) for tag, value in figures.items()]
    return Record(wall_time=at_s, step=event.epoch, summary=Summary(value=values))


def _framed(content: bytes) -> bytes:
    """A TFRecord: length and content, a checksum behind each."""
    length = struct.pack("<Q", len(content))
    sums = [struct.pack("<I", masked_crc32c(part)) for part in (length, content)]
    return length + sums[0] + content + sums[1]


def _remove(path: Path) -> None:
    """Where the system doesn't let it go, as Windows while TensorBoard reads it, it may stay."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.info("“%s” stays beside its successor (%s)", path.name, error.strerror)
