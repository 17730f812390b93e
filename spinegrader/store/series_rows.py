"""Series and their stacks as rows, and back, without loss."""

import math
from collections.abc import Iterator, Mapping

import h5py

from spinegrader.domain.records import SeriesRecords, series_records
from spinegrader.domain.study import Plane, Series, Stack, Weighting
from spinegrader.store import schema
from spinegrader.store.packed import GroupedRows, rows_to_write
from spinegrader.store.tables import Row, read_rows, unpacked, write_rows
from spinegrader.store.tallies import PackedSeries
from spinegrader.store.values import geometry_of, known_number, number_or_nan


def write_series(file: h5py.File, records: SeriesRecords) -> None:
    """Writes all series."""
    write_rows(file, schema.SERIES, rows_to_write(schema.SERIES, records, _series_rows))
    stacks = rows_to_write(schema.FURTHER_STACKS, records, _stack_rows)
    write_rows(file, schema.FURTHER_STACKS, stacks)


def read_series(file: h5py.File) -> SeriesRecords:
    """All series, still packed.

    Raises:
        KeyError: If a table or column is missing.
    """
    series = GroupedRows(schema.SERIES, read_rows(file, schema.SERIES), "study_uid")
    stacks = GroupedRows(schema.FURTHER_STACKS, read_rows(file, schema.FURTHER_STACKS), "study_uid")

    def decode(study_uid: str) -> dict[str, Series]:
        further: dict[str, tuple[Stack, ...]] = {}
        for _, uid, pixels, affine, shape in unpacked(stacks.table, stacks.of(study_uid)):
            further[uid] = (*further.get(uid, ()), Stack(pixels, geometry_of(affine, shape)))
        found = (_series(row, further) for row in unpacked(series.table, series.of(study_uid)))
        return {item.uid: item for item in found}

    return series_records(PackedSeries((series, stacks), decode, key="uid"))


def _series_rows(group: Mapping[str, Series]) -> Iterator[Row]:
    for series in group.values():
        yield (
            series.uid,
            series.study_uid,
            series.pixels,
            series.geometry.affine,
            series.geometry.shape,
            series.plane.value,
            series.weighting.value,
            series.description,
            series.number,
            series.body_part,
            series.manufacturer,
            number_or_nan(series.field_strength_t),
            number_or_nan(series.repetition_time_ms),
            number_or_nan(series.echo_time_ms),
            number_or_nan(series.inversion_time_ms),
            number_or_nan(series.slice_thickness_mm),
            series.window or (math.nan, math.nan),
            "".join(f"{item}," for item in series.slice_hashes),
        )


def _stack_rows(group: Mapping[str, Series]) -> Iterator[Row]:
    for series in group.values():
        for stack in series.further_stacks:
            geometry = stack.geometry
            yield series.study_uid, series.uid, stack.pixels, geometry.affine, geometry.shape


def _series(row: Row, further_stacks: Mapping[str, tuple[Stack, ...]]) -> Series:
    uid, study_uid, pixels, affine, shape, plane, weighting, *rest = row
    description, number, body_part, manufacturer, *measures, window, hashes = rest
    field_t, repetition_ms, echo_ms, inversion_ms, thickness_mm = map(known_number, measures)
    return Series(
        uid=uid,
        study_uid=study_uid,
        pixels=pixels,
        geometry=geometry_of(affine, shape),
        plane=Plane(plane),
        weighting=Weighting(weighting),
        description=description,
        number=number,
        body_part=body_part,
        manufacturer=manufacturer,
        field_strength_t=field_t,
        repetition_time_ms=repetition_ms,
        echo_time_ms=echo_ms,
        inversion_time_ms=inversion_ms,
        slice_thickness_mm=thickness_mm,
        window=None if math.isnan(window[0]) else (window[0], window[1]),
        further_stacks=further_stacks.get(uid, ()),
        slice_hashes=tuple(hashes.split(",")[:-1]),
    )
