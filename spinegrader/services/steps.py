"""Work that is done step by step, so that a window lives on meanwhile."""

from collections.abc import Generator
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Steps: TypeAlias = Generator[float, None, T]
"""Each step takes a few milliseconds at most and tells the share that is done; the last returns."""


def finished(steps: Steps[T]) -> T:
    """What comes of all steps, done at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
