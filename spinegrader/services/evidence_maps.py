"""Where in a disc a model's grade came from, laid over the series that the model looked at."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.study import Series
from spinegrader.errors import CancelledError, SpineGraderError, TrainingError
from spinegrader.imaging.crop_places import CropPlace, disc_place
from spinegrader.imaging.crops import disc_volume
from spinegrader.services.graders import SHIPPED, shipped_grader_folder
from spinegrader.services.images import load_volume
from spinegrader.services.runs import folder_of
from spinegrader.services.session import Session
from spinegrader.store.project import ProjectStore

if TYPE_CHECKING:
    from spinegrader.model.evidence import EvidenceMapper

_KEPT_MAPS = 200
"""Of half a megabyte each at most."""

_SAME_PROBABILITY = 0.05
"""What device and precision may change; more tells that the vertebrae were moved."""


@dataclass(frozen=True)
class EvidenceKey:
    """Names a map: another overlay cuts another volume."""

    prediction_id: str
    overlay: Overlay


@dataclass(frozen=True, eq=False)
class PlacedEvidence:
    """The evidence for a grade, and where it lies.

    Args:
        series_uid: The series that was looked at.
        disc: The disc.
        values: (slices, rows, columns) on the grid of the disc's volume, 0 to 1.
        place: Where that volume lies in the series.
        size: Rows and columns of the series.
        has_moved: Whether the volume isn't the one that was graded any more, as the vertebrae
            were moved since: the network holds the grade more or less probable now.
    """

    series_uid: str
    disc: DiscLevel
    values: npt.NDArray[np.float32]
    place: CropPlace
    size: tuple[int, int]
    has_moved: bool

    def on_slice(self, index: int) -> npt.NDArray[np.float32]:
        """The evidence on a slice of the series, (rows, columns), zero beside the volume."""
        return self.place.slice_image(self.values, index, self.size)

    def has_slice(self, index: int) -> bool:
        """Whether a slice of the series is one that the model looked at."""
        slices = self.place.shape[0]
        return 0 <= index - self.place.frame.slice_index + slices // 2 < slices

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the volume speaks for the grade."""
        return not bool(self.values.any())


@dataclass(frozen=True)
class EvidenceRequest:
    """All that a map needs, taken out of the session; plain data.

    Args:
        key: Names the map.
        store: Of the project.
        series: The series that was looked at.
        prediction: The grade to explain.
        folder: Of the model that gave it.
    """

    key: EvidenceKey
    store: ProjectStore
    series: Series
    prediction: Prediction
    folder: Path


def evidence_request(session: Session, prediction: Prediction) -> EvidenceRequest:
    """What is needed to draw the evidence for a prediction.

    Raises:
        SpineGraderError: If its series or the vertebrae on it are no longer there.
    """
    series = session.state.series.get(prediction.series_uid)
    overlay = None if series is None else session.seen.overlay(series.uid)
    if series is None or overlay is None or overlay.disc(prediction.disc) is None:
        raise SpineGraderError(
            "The vertebrae beside this disc are not drawn any more: there is nothing to lay the "
            "map on."
        )
    is_shipped = prediction.run == SHIPPED
    folder = (
        shipped_grader_folder()
        if is_shipped
        else folder_of(session.store.runs_folder, prediction.run)
    )
    key = EvidenceKey(prediction.id, overlay)
    return EvidenceRequest(key, session.store, series, prediction, folder)


@dataclass(frozen=True)
class EvidenceProgress:
    """How far the drawing of a map is.

    Args:
        share: 0 to 1; None while model and images are loaded.
    """

    share: float | None = None


class EvidenceMaps:
    """Draws maps and keeps the last ones, and the network that drew the last."""

    def __init__(self) -> None:
        self._maps: OrderedDict[EvidenceKey, PlacedEvidence] = OrderedDict()
        self._mapper: tuple[tuple[Path, str], EvidenceMapper] | None = None
        self._lock = Lock()

    def known(self, key: EvidenceKey) -> PlacedEvidence | None:
        """A map that was drawn before."""
        with self._lock:
            return self._maps.get(key)

    def clear(self) -> None:
        """Lets maps and network go."""
        with self._lock:
            self._maps.clear()
            self._mapper = None

    def draw(
        self,
        request: EvidenceRequest,
        stop_requested: Callable[[], bool],
        emit: Callable[[EvidenceProgress], None] = lambda _: None,
    ) -> PlacedEvidence:
        """Draws a map; takes a second or so, the first one longer, on one thread at a time.

        Args:
            request: What to draw.
            stop_requested: Asked at every step and before every batch.
            emit: Is told how far it is.

        Raises:
            CancelledError: If a stop was requested.
            TrainingError: If the model that gave the grade is no longer there.
            InputError: If the disc can't be cut out any more.
            ProjectError: If the pixels can't be read.
        """
        _go_on(stop_requested)
        emit(EvidenceProgress())
        prediction = request.prediction
        mapper = self._mapper_of(request)
        _go_on(stop_requested)
        volume = load_volume(request.store, request.series)
        overlay, disc = request.key.overlay, prediction.disc
        crop = disc_volume(volume, overlay, disc, mapper.volume_shape)
        _go_on(stop_requested)
        graded = prediction.values.index(prediction.value)

        def between_batches(share: float) -> None:
            _go_on(stop_requested)
            emit(EvidenceProgress(share))

        drawn = mapper.draw(crop, prediction.grading, graded, between_batches=between_batches)
        placed = PlacedEvidence(
            request.series.uid,
            disc,
            drawn.values,
            disc_place(volume.geometry, overlay, disc, mapper.volume_shape),
            (volume.geometry.shape[1], volume.geometry.shape[2]),
            abs(drawn.probability - prediction.probabilities[graded]) > _SAME_PROBABILITY,
        )
        with self._lock:
            self._maps[request.key] = placed
            while len(self._maps) > _KEPT_MAPS:
                self._maps.popitem(last=False)
        return placed

    def _mapper_of(self, request: EvidenceRequest) -> "EvidenceMapper":
        name = (request.folder, request.prediction.model_hash)
        with self._lock:
            if self._mapper is not None and self._mapper[0] == name:
                return self._mapper[1]
        mapper = _load(request)
        with self._lock:
            self._mapper = (name, mapper)
        return mapper


def _load(request: EvidenceRequest) -> "EvidenceMapper":
    from spinegrader.model.evidence import load_evidence_mapper
    from spinegrader.model.runs import read_card

    gone = TrainingError(
        "The model that gave this grade is no longer there, so it can't be shown where the grade "
        "came from. Predict this study again with a model that is there."
    )
    try:
        card = read_card(request.folder)
    except TrainingError as error:
        raise gone from error
    if card.weights_sha256 != request.prediction.model_hash:
        raise gone
    # On the processor: a training may hold the memory of the graphics card.
    return load_evidence_mapper(request.folder, "cpu")


def _go_on(stop_requested: Callable[[], bool]) -> None:
    if stop_requested():
        raise CancelledError("Another disc is looked at now.")
