"""Objects through a pipe between a sandbox and its children; large arrays aren't copied.

A frame is: number of bytes of the pickle (uint64) and number of buffers (uint32), little endian;
the length of each buffer (uint64); the pickle, protocol 5; then the buffers as they lie in memory
(out-of-band data of PEP 574).
"""

import pickle
import struct
from collections.abc import Sequence
from io import BufferedReader

_COUNTS = struct.Struct("<QI")
_LARGE_BYTES = 1 << 16


def frame(value: object) -> Sequence[bytes | memoryview]:
    """The parts of one frame, to be written one after the other.

    Raises:
        Exception: Whatever pickling raises, if ``value`` can't be pickled.
    """
    buffers: list[memoryview] = []

    def stays_inside(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes < _LARGE_BYTES:
            return True
        buffers.append(raw)
        return False

    body = pickle.dumps(value, protocol=5, buffer_callback=stays_inside)
    lengths = struct.pack(f"<{len(buffers)}Q", *(raw.nbytes for raw in buffers))
    return [_COUNTS.pack(len(body), len(buffers)) + lengths + body, *buffers]


def received(pipe: BufferedReader, limit_bytes: int) -> object:
    """Waits for one frame and returns its object; arrays in it are writable.

    Only for what our own module sent: unpickling runs what it is told.

    Raises:
        EOFError: If the pipe ends before the frame does.
        ValueError: If the frame says that it is larger than ``limit_bytes``, so is none.
        Exception: Whatever unpickling raises.
    """
    body_length, buffer_count = _COUNTS.unpack(_read(pipe, _COUNTS.size))
    if body_length + 8 * buffer_count > limit_bytes:
        raise ValueError("A frame can't be this large.")
    lengths = struct.unpack(f"<{buffer_count}Q", _read(pipe, 8 * buffer_count))
    if body_length + sum(lengths) > limit_bytes:
        raise ValueError("A frame can't be this large.")
    body = _read(pipe, body_length)
    return pickle.loads(body, buffers=[_read(pipe, length) for length in lengths])  # noqa: S301


def _read(pipe: BufferedReader, length: int) -> bytearray:
    content = bytearray(length)
    rest = memoryview(content)
    while rest:
        count = pipe.readinto(rest)
        if not count:
            raise EOFError
        rest = rest[count:]
    return content
