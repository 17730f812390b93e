"""The state of a project as rows of the tables in project.h5, and back, without loss."""

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import h5py
import numpy as np

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.geometry import Point, VolumeGeometry
from spinegrader.domain.grades import Answer, Grade, GradeKey
from spinegrader.domain.links import Kind, Links, RecordPair
from spinegrader.domain.overlays import Overlay, OverlayState, Vertebra
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.state import ProjectState, Stamp
from spinegrader.domain.study import Patient, Plane, Series, Stack, Study, Weighting
from spinegrader.store import schema
from spinegrader.store.tables import Row, read_table, write_table

_NO_VALUE = -1
_ANSWERS = {answer.value: answer for answer in Answer}


def write_state(file: h5py.File, state: ProjectState) -> None:
    """Writes everything that the project holds."""
    write_table(
        file,
        schema.PATIENTS,
        [(p.id, p.name, p.sex, _date_text(p.birth_date)) for p in state.patients.values()],
    )
    write_table(
        file,
        schema.STUDIES,
        [(s.uid, s.patient_id, _date_text(s.date), s.description) for s in state.studies.values()],
    )
    write_table(file, schema.SERIES, [_series_row(item) for item in state.series.values()])
    write_table(
        file,
        schema.FURTHER_STACKS,
        [
            (series.uid, stack.pixels, stack.geometry.affine, stack.geometry.shape)
            for series in state.series.values()
            for stack in series.further_stacks
        ],
    )
    _write_overlays(file, state)
    grades = (grade for history in state.grades.values() for grade in history)
    write_table(file, schema.GRADES, [_grade_row(grade) for grade in grades])
    _write_predictions(file, state.predictions.values())
    write_table(
        file,
        schema.SETTINGS,
        [
            (name, value is not None, value or "", *_stamp_row(stamp))
            for name, (stamp, value) in state.settings.items()
        ],
    )
    _write_links(file, state.links)


def read_state(file: h5py.File) -> ProjectState:
    """Reads everything back.

    Raises:
        KeyError: If a table or column is missing.
        SpineGraderError: If a row contradicts the rules of the domain.
    """
    state = ProjectState()
    state.add_studies(_patients(file), _studies(file), _all_series(file))
    _read_overlays(file, state)
    for grade in _grades(file):
        state.add_grade(grade)
    state.add_predictions(_predictions(file))
    for name, is_set, value, at, session, number in read_table(file, schema.SETTINGS):
        state.set_setting(name, value if is_set else None, Stamp(at, session, number))
    _read_links(file, state)
    return state


# -- studies --------------------------------------------------------------------------------


def _patients(file: h5py.File) -> Iterator[Patient]:
    for id_, name, sex, birth_date in read_table(file, schema.PATIENTS):
        yield Patient(id_, name, sex, _date(birth_date))


def _studies(file: h5py.File) -> Iterator[Study]:
    for uid, patient_id, date, description in read_table(file, schema.STUDIES):
        yield Study(uid, patient_id, _date(date), description)


def _all_series(file: h5py.File) -> Iterator[Series]:
    stacks: dict[str, tuple[Stack, ...]] = {}
    for series_uid, pixels, affine, shape in read_table(file, schema.FURTHER_STACKS):
        stack = Stack(pixels, _geometry(affine, shape))
        stacks[series_uid] = (*stacks.get(series_uid, ()), stack)
    for row in read_table(file, schema.SERIES):
        yield _series(row, stacks)


def _series_row(series: Series) -> Row:
    return (
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
        _number(series.field_strength_t),
        _number(series.repetition_time_ms),
        _number(series.echo_time_ms),
        _number(series.inversion_time_ms),
        _number(series.slice_thickness_mm),
        series.window or (math.nan, math.nan),
        "".join(f"{item}," for item in series.slice_hashes),
    )


def _series(row: Row, further_stacks: Mapping[str, tuple[Stack, ...]]) -> Series:
    uid, study_uid, pixels, affine, shape, plane, weighting, *rest = row
    description, number, body_part, manufacturer, *measures, window, hashes = rest
    field_t, repetition_ms, echo_ms, inversion_ms, thickness_mm = map(_known, measures)
    return Series(
        uid=uid,
        study_uid=study_uid,
        pixels=pixels,
        geometry=_geometry(affine, shape),
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


def _geometry(affine: list[list[float]], shape: list[int]) -> VolumeGeometry:
    return VolumeGeometry(
        tuple(value for line in affine for value in line), (shape[0], shape[1], shape[2])
    )


# -- links ----------------------------------------------------------------------------------


def _write_links(file: h5py.File, links: Links) -> None:
    for table, register in (
        (schema.PATIENT_LINKS, links.patients),
        (schema.STUDY_LINKS, links.studies),
    ):
        write_table(
            file,
            table,
            [
                (record, target or "", *_stamp_row(stamp))
                for record, (stamp, target) in register.items()
            ],
        )
    write_table(
        file,
        schema.APART,
        [
            (pair.kind.value, pair.first, pair.second, apart, *_stamp_row(stamp))
            for pair, (stamp, apart) in links.apart.items()
        ],
    )
    write_table(file, schema.ONCE_LINKED, sorted(links.once))


def _read_links(file: h5py.File, state: ProjectState) -> None:
    state.links.once.update(read_table(file, schema.ONCE_LINKED))
    for kind, table in (
        (Kind.PATIENTS, schema.PATIENT_LINKS),
        (Kind.STUDIES, schema.STUDY_LINKS),
    ):
        for record, target, at, session, number in read_table(file, table):
            state.set_link(kind, record, target or None, Stamp(at, session, number))
    for kind_name, first, second, apart, at, session, number in read_table(file, schema.APART):
        pair = RecordPair(Kind(kind_name), first, second)
        state.set_apart(pair, apart=apart, stamp=Stamp(at, session, number))


# -- overlays -------------------------------------------------------------------------------


def _write_overlays(file: h5py.File, state: ProjectState) -> None:
    overlays: list[Row] = []
    vertebrae: list[Row] = []
    discs: list[Row] = []
    points_mm: list[Point] = []
    for series_uid, (stamp, overlay) in state.overlays.items():
        if overlay is None:
            overlays.append((series_uid, False, "", "", *_stamp_row(stamp)))
            continue
        overlays.append((series_uid, True, overlay.state.value, overlay.author, *_stamp_row(stamp)))
        vertebrae += (
            (series_uid, body.level.value, body.corners_mm, body.confidence)
            for body in overlay.vertebrae
        )
        for disc in overlay.discs:
            discs.append((series_uid, str(disc.level), len(points_mm), len(disc.outline_mm)))
            points_mm.extend(disc.outline_mm)
    write_table(file, schema.OVERLAYS, overlays)
    write_table(file, schema.VERTEBRAE, vertebrae)
    write_table(file, schema.DISCS, discs)
    file[schema.DISC_POINTS] = np.asarray(points_mm, dtype="<f8").reshape(-1, 3)


def _read_overlays(file: h5py.File, state: ProjectState) -> None:
    bodies: dict[str, list[Vertebra]] = {}
    for series_uid, level, corners, confidence in read_table(file, schema.VERTEBRAE):
        first, second, third, fourth = ((x, y, z) for x, y, z in corners)
        body = Vertebra(VertebraLevel(level), (first, second, third, fourth), confidence)
        bodies.setdefault(series_uid, []).append(body)
    for row in read_table(file, schema.OVERLAYS):
        series_uid, drawn, overlay_state, author, at, session, number = row
        overlay = None
        if drawn:
            vertebrae = tuple(bodies.get(series_uid, ()))
            overlay = Overlay(series_uid, vertebrae, OverlayState(overlay_state), author)
        state.set_overlay(series_uid, overlay, Stamp(at, session, number))


# -- grades and predictions -----------------------------------------------------------------


def _grade_row(grade: Grade) -> Row:
    key = grade.key
    return (
        key.study_uid,
        str(key.disc),
        key.grading,
        key.reader,
        key.reading,
        grade.answer.value,
        _NO_VALUE if grade.value is None else grade.value,
        grade.revision,
        _time_text(grade.graded_at),
        grade.seconds,
        grade.prediction_visible,
        grade.accepted_prediction,
        grade.program_version,
        grade.comment,
    )


def _grades(file: h5py.File) -> Iterator[Grade]:
    for row in read_table(file, schema.GRADES):
        study_uid, disc, grading, reader, reading, answer, value, revision, graded_at, *rest = row
        seconds, prediction_visible, accepted_prediction, program_version, comment = rest
        yield Grade(
            key=GradeKey(study_uid, _disc(disc), grading, reader, reading),
            answer=_ANSWERS[answer],
            value=None if value == _NO_VALUE else value,
            revision=revision,
            graded_at=dt.datetime.fromisoformat(graded_at),
            seconds=seconds,
            prediction_visible=prediction_visible,
            accepted_prediction=accepted_prediction,
            program_version=program_version,
            comment=comment,
        )


def _write_predictions(file: h5py.File, predictions: Iterable[Prediction]) -> None:
    rows: list[Row] = []
    classes: list[Row] = []
    for item in predictions:
        rows.append(
            (
                item.id,
                item.study_uid,
                item.series_uid,
                str(item.disc),
                item.grading,
                item.value,
                item.confidence,
                len(classes),
                len(item.values),
                item.run,
                item.model_hash,
                _time_text(item.predicted_at),
            )
        )
        classes.extend(zip(item.values, item.probabilities, strict=True))
    write_table(file, schema.PREDICTIONS, rows)
    write_table(file, schema.PREDICTION_CLASSES, classes)


def _predictions(file: h5py.File) -> Iterator[Prediction]:
    classes = list(read_table(file, schema.PREDICTION_CLASSES))
    for row in read_table(file, schema.PREDICTIONS):
        id_, study_uid, series_uid, disc, grading, _, _, first, count, *rest = row
        run, model_hash, predicted_at = rest
        own = classes[first : first + count]
        yield Prediction(
            id=id_,
            study_uid=study_uid,
            series_uid=series_uid,
            disc=_disc(disc),
            grading=grading,
            values=tuple(value for value, _ in own),
            probabilities=tuple(probability for _, probability in own),
            run=run,
            model_hash=model_hash,
            predicted_at=dt.datetime.fromisoformat(predicted_at),
        )


# -- single values --------------------------------------------------------------------------

_disc = cache(DiscLevel.parse)


def _stamp_row(stamp: Stamp) -> Row:
    return stamp.at, stamp.session, stamp.number


def _time_text(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _date_text(date: dt.date | None) -> str:
    return "" if date is None else date.isoformat()


def _date(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
