"""A session in a process of its own that is disturbed in one operation and then goes on."""

import os
import pickle
import shutil
import signal
import socket
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.failing_checks import Earlier, Finding, findings_after, findings_after_going_on
from benchmarks.failing_operations import Attempt, Operation, make_template
from benchmarks.failing_python import Failure, failing
from benchmarks.measuring import BenchmarkError

_LENGTH_BYTES = 4
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Place:
    """Where the cases are tried.

    Args:
        folder: Holds everything.
    """

    folder: Path

    @classmethod
    def made_in(cls, folder: Path) -> "Place":
        """With a template of a project that has a history."""
        make_template(folder / "template")
        return cls(folder)

    @property
    def template(self) -> Path:
        """A project to copy."""
        return self.folder / "template"

    @property
    def project(self) -> Path:
        """The project of the case at hand."""
        return self.folder / "project"


class Session:
    """The process, and what the others say of the project; a context manager that ends it."""

    def __init__(
        self,
        operation: type[Operation],
        place: Place,
        failure: Failure | None = None,
        *,
        removal_fails: bool = False,
    ) -> None:
        """Begins, up to the moment before the operation.

        Args:
            operation: What it does.
            place: Where.
            failure: What fails inside the process; None where strace sees to it.
            removal_fails: Whether nothing that was written can be taken back.

        Raises:
            BenchmarkError: If the preparation fails.
        """
        self._place = place
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(_PATIENCE_S)
        # Forked: everything is loaded, so that the operation's own calls are all there are.
        self.process_id = os.fork()
        if not self.process_id:
            try:
                self._ours.close()
                disturbed = operation(place.project, removal_fails=removal_fails)
                _run(disturbed, place.template, failure, theirs)
            finally:
                os._exit(0)
        theirs.close()
        self._receive()
        self._earlier = Earlier.seen_in(place.project)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ours.close()
        os.kill(self.process_id, signal.SIGKILL)
        os.waitpid(self.process_id, 0)
        shutil.rmtree(self._place.project, ignore_errors=True)

    def act(self) -> Attempt:
        """Lets it do the operation."""
        _send(self._ours, "act")
        attempt: Attempt = self._receive()
        return attempt

    def findings(self, attempt: Attempt) -> list[Finding]:
        """What is wrong right after the attempt, and once the session has gone on."""
        findings = findings_after(self._place.project, attempt, self._earlier)
        _send(self._ours, "go on")
        kept = self._receive()
        return findings + findings_after_going_on(self._place.project, kept, self._earlier)

    def _receive(self) -> Any:  # noqa: ANN401 - whatever was sent
        try:
            return _received(self._ours)
        except (OSError, EOFError) as error:
            raise BenchmarkError("The disturbed process has broken down.") from error


def _run(
    operation: Operation, template: Path, failure: Failure | None, connection: socket.socket
) -> None:
    """The process from its beginning to its end."""
    operation.prepare(template)
    _send(connection, "ready")
    _received(connection)
    disturbance = failing(failure, operation.denied) if failure else nullcontext()
    _send(connection, operation.attempt(disturbance))
    _received(connection)
    try:
        _send(connection, operation.go_on())
    except Exception as error:  # noqa: BLE001 - that there is none is to be shown
        _send(connection, repr(error))


# Through a socket: its calls are none of those that are made to fail, as write would be.


def _send(connection: socket.socket, item: object) -> None:
    content = pickle.dumps(item)
    connection.sendall(len(content).to_bytes(_LENGTH_BYTES, "big") + content)


def _received(connection: socket.socket) -> Any:  # noqa: ANN401 - whatever was sent
    length = int.from_bytes(_exactly(connection, _LENGTH_BYTES), "big")
    return pickle.loads(_exactly(connection, length))  # noqa: S301 - from our own process


def _exactly(connection: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        part = connection.recv(size - len(content))
        if not part:
            raise EOFError
        content += part
    return content
