"""Vertebrae and discs as rows, and back, without loss."""

import math
from collections.abc import Iterator, Mapping

import h5py

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.numbering import (
    Absence,
    CountingBasis,
    Doubt,
    MissingLevel,
    Numbering,
    Reach,
    Transition,
)
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.records import OverlayRecords, overlay_records
from spinegrader.domain.stamp import Stamp
from spinegrader.domain.vertebrae import Disc, Vertebra
from spinegrader.store import schema
from spinegrader.store.packed import GroupedRows, rows_to_write
from spinegrader.store.tables import Row, read_rows, unpacked, write_rows
from spinegrader.store.tallies import PackedOverlays
from spinegrader.store.values import stamp_row

_Record = tuple[Stamp, Overlay | None]

_READ_BACK = (schema.OVERLAYS, schema.VERTEBRAE, schema.EDITED_DISCS, schema.MISSING_LEVELS)


def write_overlays(file: h5py.File, records: OverlayRecords) -> None:
    """Writes all overlays, and the discs that follow from them."""
    for table, rows_of in (
        (schema.OVERLAYS, _overlay_rows),
        (schema.VERTEBRAE, _vertebra_rows),
        (schema.EDITED_DISCS, _edited_disc_rows),
        (schema.MISSING_LEVELS, _missing_rows),
        (schema.DISCS, _disc_rows),
    ):
        write_rows(file, table, rows_to_write(table, records, rows_of))


def read_overlays(file: h5py.File, *, whole: bool) -> OverlayRecords:
    """All overlays, still packed.

    The outlines that readers drew have a table of their own, since all the others, which are the
    largest part of a project by far, needn't be read to open it. And one outline of many points
    would make all rows of their table as wide as itself.

    Args:
        file: The file.
        whole: With the discs that follow from the vertebrae, which are only needed to write them
            again.

    Raises:
        KeyError: If a table or column is missing.
    """
    names = (*_READ_BACK, *((schema.DISCS,) if whole else ()))
    tables = tuple(GroupedRows(table, read_rows(file, table), "series_uid") for table in names)

    def decode(series_uid: str) -> dict[str, _Record]:
        return {series_uid: _record(series_uid, *tables[: len(_READ_BACK)])}

    return overlay_records(PackedOverlays(tables, decode))


# -- to rows --------------------------------------------------------------------------------


def _overlay_rows(group: Mapping[str, _Record]) -> Iterator[Row]:
    for series_uid, (stamp, overlay) in group.items():
        if overlay is None:
            yield series_uid, False, "", "", "", "", *_doubt_row(None), *stamp_row(stamp)
        else:
            yield (
                series_uid,
                True,
                overlay.state.value,
                overlay.author,
                overlay.numbering.basis.value,
                overlay.numbering.transition.value,
                *_doubt_row(overlay.numbering.doubt),
                *stamp_row(stamp),
            )


def _doubt_row(doubt: Doubt | None) -> Row:
    """A known doubt may still know no other count."""
    if doubt is None:
        return False, "", "", ""
    return True, doubt.level or "", doubt.could_be or "", doubt.reach.value


def _vertebra_rows(group: Mapping[str, _Record]) -> Iterator[Row]:
    for series_uid, (_, overlay) in group.items():
        for body in () if overlay is None else overlay.vertebrae:
            yield series_uid, body.level.value, body.corners_mm, body.confidence


def _disc_rows(group: Mapping[str, _Record]) -> Iterator[Row]:
    for series_uid, (_, overlay) in group.items():
        if overlay is not None:
            for disc in overlay.discs:
                if not overlay.is_edited(disc.level):
                    yield series_uid, str(disc.level), disc.outline_mm


def _edited_disc_rows(group: Mapping[str, _Record]) -> Iterator[Row]:
    for series_uid, (_, overlay) in group.items():
        for disc in () if overlay is None else overlay.edited_discs:
            yield series_uid, str(disc.level), disc.outline_mm, disc.is_found


def _missing_rows(group: Mapping[str, _Record]) -> Iterator[Row]:
    for series_uid, (_, overlay) in group.items():
        for item in () if overlay is None else overlay.missing:
            yield series_uid, item.level.value, item.absence.value


# -- from rows ------------------------------------------------------------------------------


def _record(
    series_uid: str,
    overlays: GroupedRows,
    vertebrae: GroupedRows,
    edited_discs: GroupedRows,
    missing: GroupedRows,
) -> _Record:
    (row,) = _rows_of(overlays, series_uid)
    _, drawn, state, author, basis, transition, *doubt, at, session, number = row
    stamp = Stamp(at, session, number)
    if not drawn:
        return stamp, None
    overlay = Overlay(
        series_uid,
        tuple(map(_vertebra, _rows_of(vertebrae, series_uid))),
        OverlayState(state),
        author,
        tuple(map(_disc, _rows_of(edited_discs, series_uid))),
        tuple(map(_missing, _rows_of(missing, series_uid))),
        Numbering(CountingBasis(basis), Transition(transition), _doubt(*doubt)),
    )
    return stamp, overlay


def _rows_of(table: GroupedRows, series_uid: str) -> Iterator[Row]:
    return unpacked(table.table, table.of(series_uid))


def _vertebra(row: Row) -> Vertebra:
    _, level, corners, confidence = row
    first, second, third, fourth = ((x, y, z) for x, y, z in corners)
    return Vertebra(VertebraLevel(level), (first, second, third, fourth), confidence)


def _doubt(is_doubtful: bool, level: str, could_be: str, counted_on: str) -> Doubt | None:
    if not is_doubtful:
        return None
    doubted, name = (VertebraLevel(text) if text else None for text in (level, could_be))
    return Doubt(doubted, name, Reach(counted_on))


def _disc(row: Row) -> Disc:
    _, level, outline, is_found = row
    # Outlines shorter than the longest one end in NaN.
    points = tuple((x, y, z) for x, y, z in outline if not math.isnan(x))
    return Disc(DiscLevel.parse(level), points, is_found)


def _missing(row: Row) -> MissingLevel:
    _, level, absence = row
    return MissingLevel(VertebraLevel(level), Absence(absence))
