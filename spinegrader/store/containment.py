"""Which HDF5 files this process opens itself, and which one that may be lost.

The HDF5 library can crash on a file that isn't as some HDF5 library wrote it.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TypeAlias

Run: TypeAlias = Callable[[str, object], object]
"""Does a task ``module:function`` for one item; raises InputError for what the item did to it."""


def run_here(task: str, item: object) -> object:
    """Does a task in this process, for those that are lost without harm and for own files."""
    module, function = task.split(":")
    return getattr(import_module(module), function)(item)


class Containment:
    """How a project's files are read that may be damaged in a way that crashes the library.

    Args:
        read_image: Does the tasks that read one image, in another process.
    """

    def __init__(self, read_image: Run = run_here) -> None:
        self.read_image = read_image


UNCONTAINED = Containment()
"""Opens everything in this process."""
