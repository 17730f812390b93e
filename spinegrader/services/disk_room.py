"""Whether the disk of a project has room for what a training writes."""

import shutil

from spinegrader.services.session import Session
from spinegrader.texts import translate

_LEAST_BYTES = 200_000_000
"""A small network with what its training keeps, and air for a reader's grades beside it."""

_MEGABYTE = 1e6


def room_problem(session: Session) -> str:
    """Why a training would soon end for want of room, and what to do; empty where there is some.

    Args:
        session: The open project.
    """
    try:
        free = shutil.disk_usage(session.store.folder).free
    except OSError:
        # The disk doesn't say: it will when something is written.
        return ""
    if free >= _LEAST_BYTES:
        return ""
    return translate(
        "The disk of the project is nearly full ({free:.0f} MB left), and a training writes its "
        "network after each epoch: make room for at least {needed:.0f} MB first."
    ).format(free=free / _MEGABYTE, needed=_LEAST_BYTES / _MEGABYTE)
