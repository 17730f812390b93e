"""The state of a project as rows of the tables in project.h5, and back, without loss."""

import json
from collections.abc import Iterator

import h5py

from spinegrader.domain.links import Kind, Links, RecordPair
from spinegrader.domain.scheme import SCHEME_SETTING, Scheme
from spinegrader.domain.state import ProjectState, Stamp
from spinegrader.domain.study import Patient, Study
from spinegrader.store import schema
from spinegrader.store.grade_rows import read_grades, write_grades
from spinegrader.store.overlay_rows import read_overlays, write_overlays
from spinegrader.store.prediction_rows import read_predictions, write_predictions
from spinegrader.store.reading_rows import read_readings, write_readings
from spinegrader.store.series_rows import read_series, write_series
from spinegrader.store.tables import read_table, write_table
from spinegrader.store.values import date_of, date_text, stamp_row


def write_state(file: h5py.File, state: ProjectState) -> None:
    """Writes everything that the project holds."""
    patients = state.patients.values()
    write_table(
        file,
        schema.PATIENTS,
        [(item.id, item.name, item.sex, date_text(item.birth_date)) for item in patients],
    )
    studies = state.studies.values()
    write_table(
        file,
        schema.STUDIES,
        [(item.uid, item.patient_id, date_text(item.date), item.description) for item in studies],
    )
    write_series(file, state.series)
    write_overlays(file, state.overlays)
    write_grades(file, state.grades)
    write_predictions(file, state.predictions)
    write_readings(file, state)
    _write_settings(file, state)
    _write_links(file, state.links)


def read_state(file: h5py.File, *, whole: bool = True) -> ProjectState:
    """Reads everything back; the largest tables stay packed until they are asked for.

    Args:
        file: The file.
        whole: With all that writing the state again needs.

    Raises:
        KeyError: If a table or column is missing.
        ValueError: If rows don't stand as they should.
        SpineGraderError: If a row contradicts the rules of the domain.
    """
    state = ProjectState(
        series=read_series(file),
        overlays=read_overlays(file, whole=whole),
        grades=read_grades(file),
        predictions=read_predictions(file),
    )
    state.add_studies(_patients(file), _studies(file), ())
    for name, is_set, value, at, session, number in read_table(file, schema.SETTINGS):
        state.set_setting(name, value if is_set else None, Stamp(at, session, number))
    read_readings(file, state)
    _read_links(file, state)
    return state


# -- studies --------------------------------------------------------------------------------


def _patients(file: h5py.File) -> Iterator[Patient]:
    for id_, name, sex, birth_date in read_table(file, schema.PATIENTS):
        yield Patient(id_, name, sex, date_of(birth_date))


def _studies(file: h5py.File) -> Iterator[Study]:
    for uid, patient_id, date, description in read_table(file, schema.STUDIES):
        yield Study(uid, patient_id, date_of(date), description)


# -- settings and the scheme ------------------------------------------------------------------


def _write_settings(file: h5py.File, state: ProjectState) -> None:
    write_table(
        file,
        schema.SETTINGS,
        [
            (name, value is not None, value or "", *stamp_row(stamp))
            for name, (stamp, value) in state.settings.items()
        ],
    )
    kept = state.setting(SCHEME_SETTING)
    scheme = None if kept is None else Scheme.from_mapping(json.loads(kept))
    gradings = () if scheme is None else scheme.gradings
    write_table(
        file, schema.SCHEME_GRADINGS, [(item.id, item.name, item.scale) for item in gradings]
    )
    write_table(
        file,
        schema.SCHEME_CLASSES,
        [
            (grading.id, item.value, item.label, item.meaning)
            for grading in gradings
            for item in grading.classes
        ],
    )
    if scheme is not None:
        file["scheme"].attrs.update(id=scheme.id, version=scheme.version, name=scheme.name)


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
                (record, target or "", *stamp_row(stamp))
                for record, (stamp, target) in register.items()
            ],
        )
    write_table(
        file,
        schema.APART,
        [
            (pair.kind.value, pair.first, pair.second, apart, *stamp_row(stamp))
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
