"""project.h5: all of a project but its pixels, in one file that any HDF5 tool reads.

The file begins with a user block of 512 bytes that holds the SHA-256 of all bytes after it. It
is compared before the HDF5 library sees the file, because damaged files can crash that library.
"""

import contextlib
import io
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

import h5py

from spinegrader import __version__, durable
from spinegrader.domain.state import ProjectState
from spinegrader.errors import InputError, ProjectError, SpineGraderError
from spinegrader.store import schema
from spinegrader.store.containment import UNCONTAINED, Containment
from spinegrader.store.journal_reader import JournalPosition
from spinegrader.store.layout import LAYOUT_VERSION, ProjectLayout
from spinegrader.store.migrations import migrate_tables
from spinegrader.store.rows import read_state, write_state
from spinegrader.store.seal import SEAL_BYTES, check_seal, fingerprint_of_sealed, is_sealed, seal
from spinegrader.store.self_contained import reason_of
from spinegrader.store.tables import Rows, read_rows, read_table, unpacked, write_rows, write_table

_FORMAT = "SpineGrader project"
_TITLE = "SpineGrader project"
_GENERATIONS = 3
_LARGEST_BYTES = 2 << 30
"""Far more than a project has; reading a larger file would only take memory."""


class DamagedSnapshotError(ProjectError):
    """A snapshot isn't what was written; another one and the journals stand in for it."""


class UnsafeSnapshotError(DamagedSnapshotError):
    """A snapshot brought down the process that examined it, or leads to other files."""


@dataclass(frozen=True)
class Snapshot:
    """What a snapshot holds.

    Args:
        state: The project.
        positions: How far each journal is in it, by session name.
        audit: Rows of the audit trail; None where it wasn't asked for.
        layout: That the file was written in.
    """

    state: ProjectState
    positions: dict[str, JournalPosition]
    audit: Rows | None = None
    layout: int = LAYOUT_VERSION


def write_snapshot(
    layout: ProjectLayout,
    state: ProjectState,
    positions: Mapping[str, JournalPosition],
    audit: Rows,
) -> str:
    """Puts a new snapshot in the place of the old one, which becomes a generation.

    The file is complete, synced, read back and found equal before it takes its place.

    Args:
        layout: The project.
        state: All that it holds.
        positions: How far each journal is in it.
        audit: Rows of the audit trail.

    Returns:
        The fingerprint of the new file.

    Raises:
        OSError: If it can't be written.
        ProjectError: If it doesn't read back as it should.
    """
    # Built in memory: the HDF5 library can end the program when the disk is full.
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=SEAL_BYTES) as file:
        _write_content(file, layout, state, positions)
        write_rows(file, schema.AUDIT, audit)
    content.seek(0)
    content.write(seal(content.getbuffer(), _TITLE))
    with durable.durable_temporary(layout.snapshot, content.getbuffer()) as temporary:
        written = read_snapshot(temporary, layout.project_id, whole=True)
        if not _is_equal(written, state, positions, audit):
            raise ProjectError(
                "The new project.h5 doesn't hold what it should, so the old one was kept. "
                "Nothing was lost."
            )
        _keep_generation(layout)
        durable.replace(temporary, layout.snapshot)
    return fingerprint_of_sealed(content.getbuffer())


def _is_equal(
    written: Snapshot, state: ProjectState, positions: Mapping[str, JournalPosition], audit: Rows
) -> bool:
    return (
        written.state == state
        and written.positions == dict(positions)
        and written.audit is not None
        and list(unpacked(schema.AUDIT, written.audit)) == list(unpacked(schema.AUDIT, audit))
    )


def read_snapshot(
    path: Path, project_id: str, containment: Containment = UNCONTAINED, *, whole: bool = False
) -> Snapshot:
    """Reads a snapshot, and only if every byte is as it was written.

    The file isn't held open. One of an older layout is brought up to date in memory.

    Args:
        path: The file.
        project_id: The project that it must belong to.
        containment: Says whether this process may open it.
        whole: Reads every dataset, those too that only writing it again needs.

    Raises:
        UnsafeSnapshotError: If this process must not open it.
        DamagedSnapshotError: If it is damaged or belongs to another project.
        ProjectError: If it was written by a newer program.
        OSError: If it can't be read.
    """
    if path.stat().st_size > _LARGEST_BYTES:
        raise DamagedSnapshotError(f"{path.name} is damaged.")
    content = path.read_bytes()
    check = check_seal(content, _TITLE)
    if not check.holds:
        raise DamagedSnapshotError(f"{path.name} is damaged.")
    try:
        containment.admit_snapshot(content, project_id, check)
    except InputError as error:
        reason = reason_of(error) or "It is damaged in a way that could bring SpineGrader down."
        raise UnsafeSnapshotError(f"{path.name} was not opened. {reason}") from error
    return understand_snapshot(content, path.name, project_id, whole=whole)


def understand_snapshot(
    content: bytes, name: str, project_id: str, *, whole: bool = True
) -> Snapshot:
    """Reads the content of a snapshot; the HDF5 library opens it as it is.

    Args:
        content: The whole file.
        name: Of the file.
        project_id: The project that it must belong to.
        whole: As in :func:`read_snapshot`.

    Raises:
        DamagedSnapshotError: If it can't be understood or belongs to another project.
        ProjectError: If it was written by a newer program.
    """
    try:
        # The copy in memory is changed where it is of an older layout.
        with h5py.File(io.BytesIO(content), "r+") as file:
            _require_ours(file, name, project_id)
            layout = int(file.attrs["layout"])
            migrate_tables(file, layout)
            if whole:
                _walk(file)
            audit = read_rows(file, schema.AUDIT) if whole else None
            return Snapshot(read_state(file, whole=whole), _read_positions(file), audit, layout)
    except ProjectError:
        raise
    except (OSError, KeyError, ValueError, TypeError, SpineGraderError) as error:
        raise DamagedSnapshotError(f"{name} can't be understood.") from error


def identity_of(path: Path, containment: Containment = UNCONTAINED) -> tuple[str, int] | None:
    """The project that a snapshot belongs to, and the layout it was written in.

    Returns:
        None if it is damaged, or if this process may not open it.

    Raises:
        OSError: If it can't be read.
    """
    content = path.read_bytes()
    check = check_seal(content, _TITLE)
    if not check.holds or not containment.is_known(check):
        return None
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return str(file.attrs["project_id"]), int(file.attrs["layout"])
    except (OSError, KeyError, ValueError, TypeError):
        return None


def generations(layout: ProjectLayout) -> list[Path]:
    """The snapshots before the present one, newest first."""
    return sorted(layout.generations.glob("*.h5"), reverse=True)


def _write_content(
    file: h5py.File,
    layout: ProjectLayout,
    state: ProjectState,
    positions: Mapping[str, JournalPosition],
) -> None:
    file.attrs["format"] = _FORMAT
    file.attrs["layout"] = LAYOUT_VERSION
    file.attrs["project_id"] = layout.project_id
    file.attrs["program_version"] = __version__
    file.attrs["written_at"] = datetime.now(UTC).isoformat(timespec="microseconds")
    write_state(file, state)
    write_table(file, schema.JOURNALS, [astuple(item) for item in positions.values()])


def _require_ours(file: h5py.File, name: str, project_id: str) -> None:
    if int(file.attrs["layout"]) > LAYOUT_VERSION:
        raise ProjectError(
            "The project was written by a newer version of SpineGrader. "
            "Update the program to open it."
        )
    if file.attrs["project_id"] != project_id:
        raise DamagedSnapshotError(f"{name} belongs to another project.")


def _read_positions(file: h5py.File) -> dict[str, JournalPosition]:
    positions = (JournalPosition(*row) for row in read_table(file, schema.JOURNALS))
    return {position.session: position for position in positions}


def _walk(file: h5py.File) -> None:
    """Reads every dataset, those too that the state doesn't need."""

    def read(_: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            item[()]

    file.visititems(read)


def _keep_generation(layout: ProjectLayout) -> None:
    """Keeps the present snapshot under its time, unless it is damaged; the oldest go."""
    if layout.snapshot.exists() and is_sealed(layout.snapshot.read_bytes(), _TITLE):
        durable.private_folder(layout.generations)
        kept = layout.generations / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.h5"
        try:
            kept.hardlink_to(layout.snapshot)
        except OSError:
            # Some disks know no hard links.
            durable.write_durably(kept, layout.snapshot.read_bytes())
        durable.sync_folder(layout.generations)
    for outdated in generations(layout)[_GENERATIONS:]:
        with contextlib.suppress(OSError):
            outdated.unlink()
