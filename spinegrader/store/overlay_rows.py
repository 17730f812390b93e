"""Vertebrae and discs as rows, and back, without loss."""

from collections.abc import Iterator, Mapping

import h5py

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.overlays import Overlay, OverlayState, Vertebra
from spinegrader.domain.records import OverlayRecords, overlay_records
from spinegrader.domain.stamp import Stamp
from spinegrader.store import schema
from spinegrader.store.packed import GroupedRows, PackedRecords, rows_to_write
from spinegrader.store.tables import Row, read_rows, unpacked, write_rows
from spinegrader.store.values import stamp_row

_Record = tuple[Stamp, Overlay | None]


def write_overlays(file: h5py.File, records: OverlayRecords) -> None:
    """Writes all overlays, and the discs that follow from them."""
    for table, rows_of in (
        (schema.OVERLAYS, _overlay_rows),
        (schema.VERTEBRAE, _vertebra_rows),
        (schema.DISCS, _disc_rows),
    ):
        write_rows(file, table, rows_to_write(table, records, rows_of))


def read_overlays(file: h5py.File, *, whole: bool) -> OverlayRecords:
    """All overlays, still packed.

    Args:
        file: The file.
        whole: With the discs too, which are only needed to write them again.

    Raises:
        KeyError: If a table or column is missing.
    """
    names = (schema.OVERLAYS, schema.VERTEBRAE, *((schema.DISCS,) if whole else ()))
    tables = tuple(GroupedRows(table, read_rows(file, table), "series_uid") for table in names)
    overlays, vertebrae = tables[0], tables[1]

    def decode(series_uid: str) -> dict[str, _Record]:
        ((_, drawn, state, author, *changed),) = unpacked(overlays.table, overlays.of(series_uid))
        overlay = None
        if drawn:
            bodies = map(_vertebra, unpacked(vertebrae.table, vertebrae.of(series_uid)))
            overlay = Overlay(series_uid, tuple(bodies), OverlayState(state), author)
        return {series_uid: (Stamp(*changed), overlay)}

    return overlay_records(PackedRecords(tables, decode))


def _overlay_rows(group: Mapping[str, _Record]) -> Iterator[Row]:
    for series_uid, (stamp, overlay) in group.items():
        if overlay is None:
            yield series_uid, False, "", "", *stamp_row(stamp)
        else:
            yield series_uid, True, overlay.state.value, overlay.author, *stamp_row(stamp)


def _vertebra_rows(group: Mapping[str, _Record]) -> Iterator[Row]:
    for series_uid, (_, overlay) in group.items():
        for body in () if overlay is None else overlay.vertebrae:
            yield series_uid, body.level.value, body.corners_mm, body.confidence


def _disc_rows(group: Mapping[str, _Record]) -> Iterator[Row]:
    for series_uid, (_, overlay) in group.items():
        for disc in () if overlay is None else overlay.discs:
            yield series_uid, str(disc.level), disc.outline_mm


def _vertebra(row: Row) -> Vertebra:
    _, level, corners, confidence = row
    first, second, third, fourth = ((x, y, z) for x, y, z in corners)
    return Vertebra(VertebraLevel(level), (first, second, third, fourth), confidence)
