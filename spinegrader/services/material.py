"""What the networks learn from and look at: volumes cut out of the project's series.

A request is plain data taken from the session on its thread; the cutting itself reads only
immutable pixel files and may run on any thread. Cut volumes are cached by their content.
"""

import contextlib
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import TRAINING_LEVELS, DiscLevel, VertebraLevel
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.study import Series
from spinegrader.errors import CancelledError, InputError
from spinegrader.imaging.crops import marrow_bodies
from spinegrader.imaging.volume import Volume
from spinegrader.services.images import load_volume
from spinegrader.services.pooled_volumes import PooledVolumes
from spinegrader.services.reading import discs_to_grade
from spinegrader.services.relatives import related_pairs
from spinegrader.services.session import Session
from spinegrader.services.visit_series import other_bodies, other_series
from spinegrader.services.volume_pool import listed_keys, open_pools
from spinegrader.store.project import ProjectStore

Shape = tuple[int, int, int]

_CUTTING_VERSION = 2
"""Raised whenever the same request would give other numbers."""

_SINGLE_FILE = re.compile(r"[0-9a-f]{64}\.(npy|\d+\.new)")


@dataclass(frozen=True)
class CutRequest:
    """One volume to cut: a vertebral body or a disc of one series.

    Args:
        series: The series.
        overlay: Its vertebrae.
        target: The vertebra or the disc.
        subject: Anonymous token of the person.
        study_uid: StudyInstanceUID.
        study_date: Date of the visit; None where it isn't known.
    """

    series: Series
    overlay: Overlay
    target: VertebraLevel | DiscLevel
    subject: str
    study_uid: str
    study_date: date | None


def subject_tokens(session: Session) -> Mapping[str, str]:
    """By PatientID, a stable name for the person that tells nothing outside this project.

    A person of several records goes by the one that is soonest trained on: whoever is kept
    aside was kept aside under each of the records, before they were merged too.
    """
    from spinegrader.model.splits import Part, split_subjects

    state = session.state
    tokens = {record: subject_token(session, record) for record in state.patients}
    people = [state.records_of(person) for person in state.people()]
    merged = [records for records in people if len(records) > 1]
    if not merged:
        return tokens
    parts = split_subjects(tokens.values())
    order = (Part.TEST, Part.VALIDATION, Part.TRAIN)
    for records in merged:
        own = [tokens[record] for record in records]
        chosen = max(own, key=lambda token: (order.index(parts[token]), token))
        tokens.update(dict.fromkeys(records, chosen))
    return tokens


def tokens_behind(session: Session) -> Mapping[str, frozenset[str]]:
    """By PatientID, every name under which a network may have seen the person or a relative.

    Those of records that were merged with it once and split again are among them: a network
    that was trained meanwhile knew both under one name.
    """
    linked: dict[str, set[str]] = defaultdict(set)
    for one, other in (*session.state.links.once, *related_pairs(session)):
        linked[one].add(other)
        linked[other].add(one)
    found: dict[str, frozenset[str]] = {}
    for record in session.state.patients:
        if record in found:
            continue
        together, waiting = {record}, [record]
        while waiting:
            fresh = linked.get(waiting.pop(), set()) - together
            together |= fresh
            waiting += fresh
        tokens = frozenset(subject_token(session, item) for item in together)
        found.update(dict.fromkeys(together, tokens))
    return found


def names_of_subjects(session: Session) -> Mapping[str, frozenset[str]]:
    """By subject, every name under which a network may have seen the person or a relative."""
    behind = tokens_behind(session)
    names: dict[str, frozenset[str]] = {}
    for record, token in subject_tokens(session).items():
        names[token] = names.get(token, frozenset()) | behind[record]
    return names


def subject_token(session: Session, patient_id: str) -> str:
    """The name of one patient record; a person of several goes by one of theirs."""
    text = f"{session.store.project_id}/{patient_id}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def vertebra_requests(
    session: Session, *, with_other_series: bool = False
) -> tuple[CutRequest, ...]:
    """T12 to S1 of every study whose overlay a reader has confirmed.

    A series whose slices are in another study of the same person, or in another series, is left
    out: a pair of the two would teach nothing but to recognise a copy.

    Args:
        session: The open project.
        with_other_series: Whether the other sagittal series of each study come too.
    """
    seen: set[tuple[str, str]] = set()
    requests: list[CutRequest] = []
    for series, overlay, subject, day in _overlaid(session, confirmed_only=True):
        drawn = [(series, overlay)]
        if with_other_series:
            drawn += other_series(session, series, overlay)
        for item, its_overlay in drawn:
            slices = {(subject, name) for name in item.slice_hashes if name}
            if not seen.isdisjoint(slices):
                continue
            seen |= slices
            requests += (
                CutRequest(item, its_overlay, vertebra.level, subject, item.study_uid, day)
                for vertebra in its_overlay.vertebrae
                if vertebra.level in TRAINING_LEVELS
            )
    return tuple(requests)


def discs_beside(bodies: Iterable[CutRequest]) -> tuple[CutRequest, ...]:
    """The lumbar discs on the series of these vertebrae, each once."""
    by_series = {body.series.uid: body for body in bodies}
    return tuple(
        replace(body, target=disc.level)
        for body in by_series.values()
        for disc in body.overlay.discs
        if disc.level.upper in TRAINING_LEVELS
    )


def paired_studies(session: Session) -> Mapping[str, str]:
    """The studies that show confirmed vertebrae on two series, and the tokens of their people."""
    return {
        series.study_uid: subject
        for series, overlay, subject, _ in _overlaid(session, confirmed_only=True)
        if any(True for _ in other_bodies(session, series, overlay))
    }


def disc_requests(
    session: Session,
    *,
    confirmed_only: bool,
    studies: Iterable[str] | None = None,
    weightings: Collection[str] = (),
) -> tuple[CutRequest, ...]:
    """The lumbar discs of every study with an overlay.

    Args:
        session: The open project.
        confirmed_only: Whether only overlays count that a reader confirmed.
        studies: Only these.
        weightings: Only series of these contrasts; empty for any.
    """
    wanted = None if studies is None else frozenset(studies)
    return tuple(
        CutRequest(series, overlay, disc, subject, series.study_uid, day)
        for series, overlay, subject, day in _overlaid(session, confirmed_only=confirmed_only)
        if (wanted is None or series.study_uid in wanted)
        and (not weightings or series.weighting in weightings)
        for disc in discs_to_grade(session, series.study_uid)
    )


def unconfirmed_studies(session: Session) -> int:
    """How many studies have vertebrae on them that nobody has confirmed."""
    everything = len(_overlaid(session, confirmed_only=False))
    return everything - len(_overlaid(session, confirmed_only=True))


_Overlaid: TypeAlias = tuple[Series, Overlay, str, date | None]
"""A series that is graded, its overlay, whose it is, and the day of its study."""


def _overlaid(session: Session, *, confirmed_only: bool) -> tuple[_Overlaid, ...]:
    return session.memory.recall(
        ("overlaid series", confirmed_only),
        lambda: tuple(_overlaid_series(session, confirmed_only=confirmed_only)),
    )


def _overlaid_series(session: Session, *, confirmed_only: bool) -> Iterable[_Overlaid]:
    state = session.state
    subjects = subject_tokens(session)
    for study in state.visible_studies():
        series = state.series_to_grade(study.uid)
        overlay = None if series is None else state.overlay(series.uid)
        if series is None or overlay is None or len(overlay.vertebrae) < 2:
            continue
        if confirmed_only and overlay.state is not OverlayState.CONFIRMED:
            continue
        yield series, overlay, subjects[study.patient_id], study.date


def cut_all(
    store: ProjectStore,
    requests: Sequence[CutRequest],
    shape: Shape,
    progress: Callable[[int, int], None],
    stop_requested: Callable[[], bool],
    *,
    is_everything: bool = False,
) -> tuple[PooledVolumes, list[int]]:
    """Cuts the volumes, each at most once for a project.

    Args:
        store: The open project.
        requests: What to cut.
        shape: Slices, rows and columns of a volume.
        progress: Told how many are done of how many.
        stop_requested: Asked before each.
        is_everything: Whether the project has no use for other volumes of this shape: then old
            ones may be dropped.

    Returns:
        The volumes, shape (n, slices, rows, columns), values 0 to 1, and the places in
        ``requests`` that they belong to: a body that lies outside the images is left out. What
        the reader should know of keeping them is in ``notice`` of the volumes.

    Raises:
        CancelledError: If a stop was requested.
        ProjectError: If pixels can't be read.
    """
    _remove_single_files(store.cache_folder)
    keys = [_key(request, shape) for request in requests]
    kept: list[int] = []
    loaded: tuple[str, Volume] | None = None
    with open_pools(store, shape) as pools:
        if is_everything:
            pools.tidy(frozenset(keys))
        for index, request in enumerate(requests):
            if stop_requested():
                raise CancelledError("Stopped while cutting volumes; nothing was changed.")
            progress(index, len(requests))
            if not pools.has(keys[index]):
                if loaded is None or loaded[0] != request.series.uid:
                    loaded = (request.series.uid, load_volume(store, request.series))
                try:
                    pools.keep(keys[index], _cut(loaded[1], request, shape))
                except InputError:
                    continue
            kept.append(index)
        return pools.array([keys[index] for index in kept]), kept


def uncut(
    store: ProjectStore, requests: Sequence[CutRequest], shape: Shape
) -> tuple[CutRequest, ...]:
    """Those whose volumes :func:`cut_all` would have to cut."""
    keys = [_key(request, shape) for request in requests]
    held = listed_keys(store, shape, keys)
    return tuple(item for item, key in zip(requests, keys, strict=True) if key not in held)


def _cut(volume: Volume, request: CutRequest, shape: Shape) -> npt.NDArray[np.float32]:
    from spinegrader.imaging.crops import disc_volume, vertebra_volume

    if isinstance(request.target, DiscLevel):
        return disc_volume(volume, request.overlay, request.target, shape)
    vertebra = request.overlay.vertebra(request.target)
    if vertebra is None:
        raise InputError(f"{request.target} is not on the series.")
    return vertebra_volume(volume, request.overlay, vertebra, shape)


def _key(request: CutRequest, shape: Shape) -> str:
    """Names a cut by all that its numbers depend on, identity left out.

    The name of the pixels tells their geometry too.
    """
    overlay, target = request.overlay, request.target
    disc = overlay.disc(target) if isinstance(target, DiscLevel) else None
    own = None if disc is None else list(disc.centre_mm)
    if not isinstance(target, DiscLevel):
        own = [body.corners_mm for body in overlay.vertebrae if body.level == target]
    beside = [body.corners_mm for body in marrow_bodies(overlay, target)]
    content = [_CUTTING_VERSION, request.series.pixels, disc is not None, shape, own, beside]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _remove_single_files(folder: Path) -> None:
    """Removes volumes as they were kept before there were pools, one file each."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if _SINGLE_FILE.fullmatch(path.name):
                path.unlink()
