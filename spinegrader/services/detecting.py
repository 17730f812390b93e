"""Finding vertebrae on series: taken out of the session as a plan that runs elsewhere.

``detect_plan`` takes what the work needs out of the session, on its thread; the plan then runs on
any thread and touches no session. ``adopting`` puts what was found into the project.
"""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.region import Region
from spinegrader.domain.study import Series
from spinegrader.errors import CancelledError, InputError, SpineGraderError
from spinegrader.services.detectors import detector_in_use
from spinegrader.services.finder import DETECTOR, Finder, found_overlay, load_finder
from spinegrader.services.images import load_volume
from spinegrader.services.overlay_json import overlay_as_json
from spinegrader.services.session import Session
from spinegrader.store.project import ProjectStore
from spinegrader.texts import for_translation, translate

_log = logging.getLogger(__name__)

_ELSEWHERE = (Region.CERVICAL, Region.THORACIC, Region.OTHER)

Emit = Callable[[object], None]
StopRequested = Callable[[], bool]


@dataclass(frozen=True)
class DetectingProgress:
    """How many series have been looked at."""

    done: int
    total: int
    step: str = for_translation("Finding vertebrae")


@dataclass(frozen=True)
class DetectedSeries:
    """What was found on one series; nothing in the project has changed yet.

    Args:
        series_uid: The series.
        before: What was on it when the plan was made.
        overlay: The vertebrae as proposed; None where there are none.
        elapsed_s: How long it took.
        warnings: What should be looked at, or why there are no vertebrae; one sentence each.
        error: Why the series couldn't be looked at; empty where it could.
    """

    series_uid: str
    before: Overlay | None
    overlay: Overlay | None
    elapsed_s: float
    warnings: tuple[str, ...] = ()
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """The series as the command line prints it."""
        overlay = self.overlay or Overlay(self.series_uid, ())
        document = {"uid": self.series_uid, "seconds": round(self.elapsed_s, 3)}
        document |= overlay_as_json(overlay)
        document |= {"numbering_sure": overlay.numbering.doubt is None}
        return document | {"warnings": list(self.warnings), "error": self.error}


# -- the plan -------------------------------------------------------------------------------


@dataclass(frozen=True)
class DetectRequest:
    """One series to look at, and what is on it."""

    series: Series
    before: Overlay | None


@dataclass(frozen=True)
class DetectPlan:
    """All that finding vertebrae needs, taken out of the session."""

    store: ProjectStore
    requests: tuple[DetectRequest, ...]
    load: Callable[[], Finder] = load_finder

    def run(self, emit: Emit, stop_requested: StopRequested) -> tuple[DetectedSeries, ...]:
        """Looks at one series after the other; emits progress, and each result as it is there.

        A series that can't be read has a sentence instead of vertebrae, and never stops the rest.

        Raises:
            SpineGraderError: If the detector itself can't be loaded.
            CancelledError: If a stop was requested; what was emitted stays true.
        """
        if not self.requests:
            return ()
        total = len(self.requests)
        emit(DetectingProgress(0, total))
        find = self.load()
        found: list[DetectedSeries] = []
        for request in self.requests:
            if stop_requested():
                raise CancelledError("Stopped while finding vertebrae; those found are kept.")
            result = _detected(self.store, request, find)
            found.append(result)
            emit(result)
            emit(DetectingProgress(len(found), total))
        return tuple(found)


def detect_plan(
    session: Session, series_uids: Sequence[str] | None = None, *, again: bool = False
) -> DetectPlan:
    """Takes what finding vertebrae needs out of the session.

    Left out are series on which a reader has begun or confirmed vertebrae, or that got them from
    a label map.

    Args:
        session: The open project.
        series_uids: Which series, all of them sagittal; None for every sagittal one in sight that
            isn't of another part of the body by its words.
        again: Whether series that have the detector's own proposals are looked at anew.

    Raises:
        InputError: If a series isn't in the project or isn't sagittal.
        TrainingError: If the project's detector is missing or damaged.
    """
    if series_uids is None:
        series_uids = series_to_look_at(session)
    chosen = [_known(session, uid) for uid in dict.fromkeys(series_uids)]
    overlays = ((series, session.seen.overlay(series.uid)) for series in chosen)
    requests = tuple(
        DetectRequest(series, overlay)
        for series, overlay in overlays
        if is_free(overlay) or (again and is_own_proposal(overlay))
    )
    if not requests:
        return DetectPlan(session.store, ())
    return DetectPlan(session.store, requests, partial(load_finder, detector_in_use(session)))


def is_free(overlay: Overlay | None) -> bool:
    """Whether a series has no vertebrae."""
    return overlay is None or not overlay.vertebrae


def is_own_proposal(overlay: Overlay | None) -> bool:
    """Whether vertebrae are as the detector proposed them, touched by nobody."""
    return (
        overlay is not None
        and overlay.author == DETECTOR
        and overlay.state is OverlayState.PROPOSED
    )


def series_to_look_at(session: Session, studies: Iterable[str] | None = None) -> list[str]:
    """The sagittal series in sight that aren't of another part of the body by their words.

    Args:
        session: The open project.
        studies: Which studies, in this order; None for all.
    """
    state = session.state
    seen = [item.uid for item in state.visible_studies()] if studies is None else studies
    return [
        series.uid
        for study_uid in seen
        if state.original_of(study_uid) == study_uid
        for series in state.series_of(study_uid)
        if series.is_sagittal and series.region not in _ELSEWHERE
    ]


def _known(session: Session, series_uid: str) -> Series:
    series = session.state.series.get(series_uid)
    if series is None:
        raise InputError(
            f"There is no series {series_uid[:80]} in this project: “spinegrader info” lists them."
        )
    if not series.is_sagittal:
        raise InputError("Vertebrae are found on sagittal series only: choose a sagittal one.")
    return series


def _detected(store: ProjectStore, request: DetectRequest, find: Finder) -> DetectedSeries:
    started = time.perf_counter()
    series, error = request.series, ""
    overlay: Overlay | None = None
    warnings: tuple[str, ...] = ()
    try:
        finding = find(load_volume(store, series))
        overlay, warnings = found_overlay(series.uid, finding), finding.warnings
    except CancelledError:
        raise
    except SpineGraderError as problem:
        error = problem.message
    except Exception as problem:  # noqa: BLE001 - see below
        # One series must not take the others along, whatever is wrong with it.
        _log.exception("Vertebrae of a series could not be found")
        error = translate(
            "The vertebrae of this series could not be found ({cause}): place them by hand."
        ).format(cause=type(problem).__name__)
    elapsed_s = time.perf_counter() - started
    return DetectedSeries(series.uid, request.before, overlay, elapsed_s, warnings, error)
