"""Label maps of other tools onto a series: read in a child process, applied as one edit."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from spinegrader.domain.edits import Changes, SetOverlay
from spinegrader.domain.overlays import Overlay, OverlayState
from spinegrader.domain.study import Series
from spinegrader.errors import InputError, InvalidEditError
from spinegrader.imaging.mask_conventions import Convention
from spinegrader.services.overlay_json import overlay_as_json
from spinegrader.services.session import Session
from spinegrader.services.wording import counted
from spinegrader.texts import translate

if TYPE_CHECKING:
    from spinegrader.imaging.masks import MaskFinding

_TASK = "spinegrader.imaging.masks:read_mask"


@dataclass(frozen=True)
class MaskReport:
    """What a label map holds for a series; nothing in the project has changed yet.

    Args:
        overlay: The vertebrae as proposed, with the tool as their author.
        convention: Whose labels they are.
        warnings: What was left out or should be looked at, one sentence each.
        elapsed_s: How long reading took.
    """

    overlay: Overlay
    convention: Convention
    warnings: tuple[str, ...]
    elapsed_s: float

    def sentence(self) -> str:
        """What was found, in one sentence."""
        levels = ", ".join(item.level for item in self.overlay.vertebrae)
        number = counted(len(self.overlay.vertebrae), "vertebra", "vertebrae")
        return translate("{vertebrae} by {tool}: {levels}.").format(
            vertebrae=number, tool=self.convention.tool, levels=levels
        )

    def as_json(self) -> dict[str, Any]:
        """The series as the command line prints it; millimetres in patient coordinates (LPS)."""
        return {
            "uid": self.overlay.series_uid,
            "seconds": round(self.elapsed_s, 3),
            "convention": self.convention.value,
            **overlay_as_json(self.overlay),
            "warnings": list(self.warnings),
        }


def series_for_mask(session: Session, series_uid: str) -> Series:
    """The series, if vertebrae can be put on it.

    Raises:
        InputError: If it isn't in the project or isn't sagittal.
    """
    series = session.state.series.get(series_uid)
    if series is None:
        raise InputError(
            f"There is no series {series_uid[:80]} in this project: “spinegrader info” lists them."
        )
    if not series.is_sagittal:
        raise InputError("Vertebrae are drawn on sagittal series only: choose a sagittal one.")
    return series


def read_mask(
    series: Series,
    path: Path,
    convention: Convention | None = None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> MaskReport:
    """Reads a label map for a series; changes nothing. Runs on any thread.

    Args:
        series: A sagittal one, as of :func:`series_for_mask`.
        path: NIfTI, MetaImage or NRRD.
        convention: Who made it; None to tell by its labels.
        stop_requested: Asked while it is read.

    Raises:
        InputError: If the file can't be read, its convention can't be told, or nothing in it
            lies on the series.
        CancelledError: If a stop was requested.
    """
    from spinegrader.imaging.masks import MaskRequest
    from spinegrader.services.untrusted import borrowed_sandbox

    started = time.perf_counter()
    request = MaskRequest(path.absolute(), series.geometry, convention)
    with borrowed_sandbox() as sandbox:
        found = cast("MaskFinding", sandbox.run(_TASK, request, stop_requested))
    overlay = Overlay(series.uid, found.vertebrae, OverlayState.PROPOSED, found.convention.tool)
    return MaskReport(overlay, found.convention, found.warnings, time.perf_counter() - started)


def has_confirmed_overlay(session: Session, series_uid: str) -> bool:
    """Whether a reader has taken the vertebrae on a series for right."""
    overlay = session.seen.overlay(series_uid)
    return overlay is not None and overlay.state is OverlayState.CONFIRMED


def apply_mask(session: Session, report: MaskReport, *, replace_confirmed: bool) -> Changes:
    """Puts the vertebrae on the series, as proposed; undo brings back what was there.

    Raises:
        InvalidEditError: If confirmed vertebrae are there and may not be replaced.
    """
    series_uid = report.overlay.series_uid
    if has_confirmed_overlay(session, series_uid) and not replace_confirmed:
        raise InvalidEditError(
            "A reader has confirmed the vertebrae on this series: say that they may be replaced, "
            "or leave them."
        )
    before = session.seen.overlay(series_uid)
    if before == report.overlay:
        return Changes()
    return session.apply(SetOverlay(series_uid, before, report.overlay, "Import label map"))


def import_mask(
    session: Session,
    series_uid: str,
    path: Path,
    convention: Convention | None = None,
    *,
    replace_confirmed: bool = False,
) -> MaskReport:
    """Both steps at once, for callers without a window.

    Raises:
        SpineGraderError: As :func:`series_for_mask`, :func:`read_mask` and :func:`apply_mask`.
    """
    report = read_mask(series_for_mask(session, series_uid), path, convention)
    apply_mask(session, report, replace_confirmed=replace_confirmed)
    return report
