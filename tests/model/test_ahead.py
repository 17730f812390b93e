"""Batches that are made one before they are needed."""

import threading
from contextlib import closing

import pytest
import torch

from spinegrader.model.ahead import made_ready, one_ahead


def names():
    return {thread.name for thread in threading.enumerate()}


def test_the_order_stays_and_the_next_one_is_made_meanwhile():
    made = []
    second = threading.Event()

    def items():
        for number in range(4):
            made.append((number, threading.current_thread().name))
            if number == 1:
                second.set()
            yield number

    found = []
    for item in one_ahead(items()):
        if item == 0:
            assert second.wait(5)  # made before it is asked for
        found.append(item)
    assert found == [0, 1, 2, 3]
    assert all(name.startswith("next-batch") for _, name in made)
    assert not any(name.startswith("next-batch") for name in names())


def test_what_making_one_raises_comes_when_it_is_needed():
    def items():
        yield 1
        raise OSError("gone")

    made = one_ahead(items())
    assert next(made) == 1
    with pytest.raises(OSError, match="gone"):
        next(made)


def test_whoever_leaves_early_leaves_no_thread():
    with closing(one_ahead(iter(range(1000)))) as items:
        assert next(items) == 0
        assert any(name.startswith("next-batch") for name in names())
    assert not any(name.startswith("next-batch") for name in names())


def test_volumes_that_memory_does_not_hold_at_once_are_left_to_the_step():
    def too_many():
        raise torch.OutOfMemoryError("CUDA out of memory")

    def broken():
        raise RuntimeError("another matter")

    assert made_ready(too_many) is None
    assert made_ready(lambda: torch.ones(1)) == torch.ones(1)
    with pytest.raises(RuntimeError, match="another matter"):
        made_ready(broken)
