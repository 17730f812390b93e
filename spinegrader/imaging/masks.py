"""Label maps of other tools to vertebrae on a series' own slices."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from spinegrader.domain.anatomy import REGULAR_LEVELS, VertebraLevel
from spinegrader.domain.geometry import FloatArray, VolumeGeometry
from spinegrader.domain.vertebrae import Vertebra
from spinegrader.errors import InputError
from spinegrader.imaging.mask_bodies import (
    before_canal,
    body_cut,
    core_middle_mm,
    cuts_apart,
    is_larger_behind,
    mid_slice_mm,
)
from spinegrader.imaging.mask_conventions import (
    TABLES,
    Convention,
    LabelTable,
    recognised,
    unknown_labels,
)
from spinegrader.imaging.mask_corners import (
    FittedQuad,
    below_disc,
    fitted_quad,
    sacral_endplate,
)
from spinegrader.imaging.mask_cuts import STEP_MM, LabelMap, SeriesFrame
from spinegrader.imaging.mask_files import read_label_map
from spinegrader.imaging.morphometry import PRIORS, BodyPrior

_TOLERANCE_MM = 3.0
"""How far a body's centre may lie beyond the series' outermost pixels and slices."""

_LEAST_HEIGHT = 0.85
"""A body that the image cuts off counts as seen if it has this share of the height expected."""

_SEEN_MM = 2.0
"""How far from the map's edge the ends of the sacral endplate must lie to count as seen."""

_LEAST_OVERLAP = 0.8
"""A body that shares less with its quad than this is misshapen, or was parted badly."""

_LUMBAR_ENDS = (VertebraLevel.L5, VertebraLevel.L6)


@dataclass(frozen=True)
class MaskRequest:
    """What to read, and for which series.

    Args:
        path: The label map.
        geometry: Of the sagittal series, in reading orientation.
        convention: Who made it, where the user says so; None to tell by the labels.
    """

    path: Path
    geometry: VolumeGeometry
    convention: Convention | None = None


@dataclass(frozen=True)
class MaskFinding:
    """What a label map holds.

    Args:
        convention: Whose labels they are.
        vertebrae: Head to feet, LPS millimetres; confidence is what body and quad share.
        warnings: What was left out or should be looked at, one sentence each.
    """

    convention: Convention
    vertebrae: tuple[Vertebra, ...]
    warnings: tuple[str, ...]


def read_mask(request: MaskRequest) -> MaskFinding:
    """Reads a label map and fits a quad to every body that lies on the series.

    Raises:
        InputError: If the file can't be read, its convention can't be told, or nothing in it
            lies on the series.
    """
    labels = LabelMap(read_label_map(request.path), SeriesFrame(request.geometry))
    if not labels.labels:
        raise InputError(f"{request.path.name} holds no labels: every voxel is 0.")
    footward = {label: float(np.median(labels.places(label)[:, 1])) for label in labels.labels}
    convention = recognised(footward, request.convention)
    _require_overlap(labels, request.path.name)
    warnings = []
    if unknown := unknown_labels(labels.labels, convention):
        numbers = ", ".join(map(str, unknown[:10]))
        warnings.append(f"{convention.tool} has no such labels; they were passed over: {numbers}.")
    return _Fitting(labels, TABLES[convention], warnings).finding(convention)


def _require_overlap(labels: LabelMap, name: str) -> None:
    size = labels.frame.size
    low, high = np.full(3, -_TOLERANCE_MM), size + _TOLERANCE_MM
    places = np.concatenate([labels.places(label) for label in labels.labels])
    if np.any(np.all((places >= low) & (places <= high), axis=1)):
        return
    centre = np.median(places, axis=0)
    away_mm = np.linalg.norm(np.maximum(np.maximum(low - centre, centre - high), 0))
    raise InputError(
        f"{name} doesn't lie on this series but some {away_mm:.0f} mm beside it: choose the label "
        "map that was made from this study."
    )


class _Fitting:
    """Fits body after body from head to feet, and says what was left out."""

    def __init__(self, labels: LabelMap, table: LabelTable, warnings: list[str]) -> None:
        self._labels = labels
        self._table = table
        self._warnings = warnings
        self._found: dict[VertebraLevel, tuple[FittedQuad, float]] = {}
        """Quad and place along the slices by level."""
        self._cut_off: set[VertebraLevel] = set()
        self._larger_behind = 0

    def finding(self, convention: Convention) -> MaskFinding:
        members = self._members()
        tilts = self._tilts(members)
        for level in sorted(members, key=lambda item: item.position):
            self._fit(level, members[level], tilts[level])
        if 2 * self._larger_behind > len(members):
            raise InputError(
                "The vertebrae of this label map have their larger part behind, so that it lies "
                "back to front: write it again with the orientation of its image."
            )
        self._drop_cut_off()
        self._fit_sacrum()
        self._keep_those_on_series()
        order = sorted(self._found, key=lambda item: item.position)
        self._name_gaps(order)
        return MaskFinding(
            convention,
            tuple(self._vertebra(level) for level in order),
            tuple(self._warnings),
        )

    def _members(self) -> dict[VertebraLevel, tuple[int, ...]]:
        """Labels by level: the vertebra itself first, then its endplates."""
        members: dict[VertebraLevel, tuple[int, ...]] = {}
        for label in self._labels.labels:
            level = self._table.level(label)
            if level is None:
                continue
            if level in members:
                raise InputError(f"{level} is labelled twice in this label map: correct it first.")
            members[level] = (label, *self._endplates(label))
            if label in self._table.partial:
                self._cut_off.add(level)
        passed = [item for item in self._labels.labels if item in self._table.vertebrae]
        if len(passed) > sum(label[0] in passed for label in members.values()):
            self._warnings.append("Vertebrae above T9 were left out: they are not graded.")
        return members

    def _endplates(self, label: int) -> list[int]:
        return [plate for plate, of in self._table.endplates.items() if of == label]

    def _tilts(self, members: dict[VertebraLevel, tuple[int, ...]]) -> dict[VertebraLevel, float]:
        """Radians by which each body is tilted, from the run of the spine; to start from."""
        order = sorted(members, key=lambda item: item.position)
        if len(order) < 2:
            return {level: float(np.radians(PRIORS[level].tilt_degrees)) for level in order}
        fronts = np.asarray([self._front_mm(members[level][0]) for level in order])
        run = np.gradient(fronts, axis=0)
        return dict(zip(order, np.arctan2(run[:, 0], run[:, 1]).tolist(), strict=True))

    def _front_mm(self, label: int) -> FloatArray:
        """(to posterior, to the feet) of the middle of a vertebra's front third."""
        places = self._labels.places(label)[:, :2]
        near, far = np.percentile(places[:, 0], (1, 99))
        return np.asarray(np.median(places[places[:, 0] <= near + (far - near) / 3], axis=0))

    def _fit(self, level: VertebraLevel, members: tuple[int, ...], tilt: float) -> None:
        try:
            depth_mm, canal = _depth_mm(PRIORS[level]), self._table.canal
            body = body_cut(self._labels, members, canal, depth_mm)
            quad = fitted_quad(body, tilt)
            left_mm = core_middle_mm(self._labels, members[0], quad.corners)
            if left_mm is not None and abs(left_mm - body.left_mm) > STEP_MM:
                body = body_cut(self._labels, members, canal, depth_mm, left_mm)
                quad = fitted_quad(body, tilt)
        except InputError as error:
            self._warnings.append(f"{level} was left out: {error.message}.")
            return
        self._larger_behind += is_larger_behind(self._labels, members, body)
        if not self._labels.holds(body.places, body.left_mm, STEP_MM):
            self._cut_off.add(level)
        if quad.confidence < _LEAST_OVERLAP:
            self._warnings.append(f"{level} is far from a quadrangle: check its corners.")
        self._found[level] = quad, body.left_mm

    def _drop_cut_off(self) -> None:
        """Leaves out bodies that the image cuts off, unless nearly all of them is seen."""
        whole = [level for level in self._found if level not in self._cut_off]
        scales = [_height_mm(self._found[level][0]) / PRIORS[level].height_mm for level in whole]
        scale = float(np.median(scales)) if scales else 1.0
        for level in sorted(self._cut_off & self._found.keys(), key=lambda item: item.position):
            share = _height_mm(self._found[level][0]) / (scale * PRIORS[level].height_mm)
            if share < _LEAST_HEIGHT:
                del self._found[level]
                self._warnings.append(f"{level} was left out: the image cuts it off.")
            else:
                self._warnings.append(f"{level} lies at the image's edge: check its corners.")

    def _fit_sacrum(self) -> None:
        """S1 from the sacrum's upper endplate, or from the disc above it."""
        above = max(self._found, key=lambda item: item.position, default=None)
        if above is None:
            return
        sacrum = self._table.sacrum
        try:
            if sacrum is not None and sacrum in self._labels.labels:
                found = self._from_sacrum(sacrum, self._found[above][0])
            elif above in _LUMBAR_ENDS:
                found = self._from_disc(above)
            else:
                return
            self._require_seen(*found)
        except InputError as error:
            self._warnings.append(f"S1 was left out: {error.message}.")
        else:
            self._found[VertebraLevel.S1] = found

    def _require_seen(self, sacral: FittedQuad, left_mm: float) -> None:
        if not self._labels.holds(sacral.corners[:2], left_mm, _SEEN_MM):
            raise InputError("the image cuts off its upper endplate")

    def _from_sacrum(self, sacrum: int, above: FittedQuad) -> tuple[FittedQuad, float]:
        members = [sacrum, *self._endplates(sacrum)]
        left_mm = None
        # Its wings may lean: the place of the slice is taken again within the first quad.
        for _ in range(2):
            whole, canal = cuts_apart(self._labels, members, self._table.canal, left_mm)
            in_front = whole.kept(whole.inside & before_canal(canal.inside))
            if not in_front.inside.any():
                raise InputError("the sacrum doesn't reach its mid-slice")
            quad = sacral_endplate(in_front, above.corners[[2, 3]])
            left_mm = core_middle_mm(self._labels, sacrum, quad.corners)
        return quad, in_front.left_mm

    def _from_disc(self, above: VertebraLevel) -> tuple[FittedQuad, float]:
        label = next(item for item in self._labels.labels if self._table.level(item) == above)
        disc = self._table.disc_below.get(label)
        if disc is None or disc not in self._labels.labels:
            raise InputError("neither the sacrum nor the disc above it is labelled")
        left_mm = mid_slice_mm(self._labels, disc, self._table.canal, share=1.0)
        cut, _ = cuts_apart(self._labels, (disc,), self._table.canal, left_mm)
        if not cut.inside.any():
            raise InputError("the disc above it doesn't reach its mid-slice")
        return below_disc(cut), cut.left_mm

    def _keep_those_on_series(self) -> None:
        size = self._labels.frame.size
        for level, (quad, left_mm) in list(self._found.items()):
            centre = np.asarray([*quad.corners.mean(axis=0), left_mm])
            if np.any(centre < -_TOLERANCE_MM) or np.any(centre > size + _TOLERANCE_MM):
                del self._found[level]
                self._warnings.append(f"{level} was left out: it lies beside this series.")
        if not self._found:
            reasons = " ".join(self._warnings)
            raise InputError(f"No vertebra of this label map can be put on the series. {reasons}")

    def _name_gaps(self, order: list[VertebraLevel]) -> None:
        for upper, lower in pairwise(order):
            missing = [
                level
                for level in REGULAR_LEVELS
                if upper.position < level.position < lower.position
            ]
            if missing:
                names = ", ".join(missing)
                self._warnings.append(f"Between {upper} and {lower}, {names} is missing: place it.")

    def _vertebra(self, level: VertebraLevel) -> Vertebra:
        quad, left_mm = self._found[level]
        places = [self._labels.frame.to_patient((*corner, left_mm)) for corner in quad.corners]
        confidence = round(quad.confidence, 3)
        return Vertebra(level, (places[0], places[1], places[2], places[3]), confidence)


def _depth_mm(prior: BodyPrior) -> float:
    return (prior.upper_depth_mm + prior.lower_depth_mm) / 2


def _height_mm(quad: FittedQuad) -> float:
    front = np.linalg.norm(quad.corners[3] - quad.corners[0])
    back = np.linalg.norm(quad.corners[2] - quad.corners[1])
    return float(front + back) / 2
