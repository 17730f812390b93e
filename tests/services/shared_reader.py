"""A process that becomes another user and works in a project; see test_sharing.

Arguments: user, group, umask (octal), deed, project folder. Prints what it saw as JSON.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from spinegrader.domain.edits import SetGrade
from spinegrader.errors import InputError, ProjectError
from spinegrader.services.sharing import share_project
from spinegrader.store.compaction import compact_project
from spinegrader.store.project import ProjectStore
from tests.store.store_samples import grade, make, studies_import, tilted_geometry

ROUNDS = 12


def seen(store: ProjectStore) -> dict[str, object]:
    readers = sorted(key.reader for key in store.state.grades)
    pixels = {}
    for path in sorted((store.folder / "pixels").glob("*.h5")):
        pixels[path.stem] = int(store.read_pixels(path.stem)[0].max())
    return {"readers": readers, "pixels": pixels, "recovery": store.recovery}


def work(store: ProjectStore, reader: str, value: int) -> dict[str, object]:
    make(store, SetGrade(None, grade(reader=reader)))
    store.write_pixels(np.full((9, 32, 48), value, np.int32), tilted_geometry())
    found = seen(store)
    store.close(compact=False)
    compact_project(store.folder)
    return found


def found_project(folder: Path, group: str, user: str) -> dict[str, object]:
    store = ProjectStore.create(folder)
    make(store, studies_import())
    store.close(compact=False)
    compact_project(folder)
    sharing = share_project(folder, group)
    return {"sharing": sharing.sentence()} | work(ProjectStore.open(folder), user, int(user))


def join(folder: Path, group: str, user: str) -> dict[str, object]:
    return work(ProjectStore.open(folder), user, int(user))


def alternate(folder: Path, group: str, user: str) -> dict[str, object]:
    """Grades and compacts again and again beside others who do the same."""
    for number in range(ROUNDS):
        with ProjectStore.open(folder) as store:
            make(store, SetGrade(None, grade(reader=f"{user} {number}")))
            store.refresh()
            store.close(compact=False)
        compact_project(folder)
    return {}


def look(folder: Path, group: str, user: str) -> dict[str, object]:
    store = ProjectStore.open(folder)
    store.close(compact=False)
    return seen(store)


def pry(folder: Path, group: str, user: str) -> dict[str, object]:
    """What a user outside of the group gets hold of."""
    got: list[str] = []
    for name in json.loads(sys.stdin.read()):
        path = folder / name
        try:
            got.append(str(list(path.iterdir()) if path.is_dir() else path.read_bytes()[:10]))
        except PermissionError:
            continue
    try:
        ProjectStore.open(folder)
        got.append("opened")
    except ProjectError as error:
        return {"got": got, "told": error.message}
    return {"got": got}


def give(folder: Path, group: str, user: str) -> dict[str, object]:
    """Tries to share a project with the group that is asked for."""
    try:
        return {"told": share_project(folder, sys.stdin.read()).sentence()}
    except InputError as error:
        return {"told": error.message}


DEEDS: dict[str, Callable[[Path, str, str], dict[str, object]]] = {
    "found": found_project,
    "join": join,
    "alternate": alternate,
    "look": look,
    "pry": pry,
    "give": give,
}


def main() -> None:
    user, group, umask, deed, folder = sys.argv[1:]
    # Whatever is imported late is imported now: the interpreter may be another user's.
    with tempfile.TemporaryDirectory() as place:
        found_project(Path(place) / "p", "0", "1")
        look(Path(place) / "p", "0", "1")
    os.setgroups([int(group)])
    os.setgid(int(user))
    os.setuid(int(user))
    os.umask(int(umask, 8))
    sys.stdout.write(json.dumps(DEEDS[deed](Path(folder), group, user)))


if __name__ == "__main__":
    main()
