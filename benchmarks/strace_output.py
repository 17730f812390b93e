"""The lines that ``strace -f -xx -y`` writes, as calls."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(r"(\d+) +(.*)")
_CALL = re.compile(r"(\w+)\((.*)\) += (\S.*)")
_BEGUN = re.compile(r"((\w+)\(.*?),? *<unfinished \.\.\.>")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_DESCRIPTOR = re.compile(r"(\w+)<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?")


class UnknownCallError(Exception):
    """The recording holds something that can't be replayed; it would prove nothing."""


@dataclass(frozen=True)
class Descriptor:
    """A descriptor and the path of its file.

    Args:
        number: As a word; ``AT_FDCWD`` for the working folder.
        path: Absolute, or something like ``pipe:[1234]``.
        is_deleted: Whether the file has no name any more.
    """

    number: str
    path: str
    is_deleted: bool = False


@dataclass(frozen=True)
class Call:
    """One system call.

    Args:
        thread: Number of the thread.
        name: Of the call.
        inside: What stands between its parentheses.
        result: What stands behind the equals sign; empty while the call hasn't returned.
    """

    thread: str
    name: str
    inside: str
    result: str = ""

    @property
    def has_succeeded(self) -> bool:
        """Whether it returned, and no error."""
        return bool(self.result) and not self.result.startswith(("-1", "?"))

    @property
    def arguments(self) -> list[str]:
        """As written; good for calls whose arguments hold no lists."""
        return self.inside.split(", ")

    @property
    def returned(self) -> int:
        """The number it returned."""
        return int(re.split(r"\D", self.result, maxsplit=1)[0])

    @property
    def texts(self) -> list[bytes]:
        """Names and contents among the arguments.

        Raises:
            UnknownCallError: If one was cut off.
        """
        found = list(_TEXT.finditer(self.inside))
        if any(match[2] for match in found):
            raise UnknownCallError(f"A content of {self.name} was cut off in the recording.")
        return [_decoded(match[1]) for match in found]

    @property
    def descriptors(self) -> list[Descriptor]:
        """Descriptors among the arguments."""
        return _descriptors_in(self.inside)

    @property
    def opened(self) -> Descriptor:
        """The descriptor that it returned."""
        return _descriptors_in(self.result)[0]


def read_calls(trace: str) -> Iterator[Call]:
    """The calls in order: those that others came between twice, when begun and when ended.

    Raises:
        UnknownCallError: If a line isn't understood.
    """
    begun: dict[str, str] = {}
    for line in trace.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise UnknownCallError(f"No line of a recording: {line[:200]}")
        thread, text = match[1], match[2]
        if text.startswith(("+++", "---")):
            continue
        if unfinished := _BEGUN.fullmatch(text):
            begun[thread] = unfinished[1]
            yield Call(thread, unfinished[2], unfinished[1].partition("(")[2])
            continue
        if resumed := _RESUMED.fullmatch(text):
            text = begun.pop(thread) + resumed[1]
        whole = _CALL.fullmatch(text)
        if whole is None:
            raise UnknownCallError(f"No call: {text[:200]}")
        yield Call(thread, whole[1], whole[2], whole[3])


def _descriptors_in(text: str) -> list[Descriptor]:
    return [
        Descriptor(match[1], os.fsdecode(_decoded(match[2])), bool(match[3]))
        for match in _DESCRIPTOR.finditer(text)
    ]


def _decoded(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
