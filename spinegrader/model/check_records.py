"""What is kept beside a run's weights: the checks with their error rates, and known embeddings."""

import hashlib
import io
import json
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from spinegrader.errors import TrainingError
from spinegrader.model.data import VolumeArray
from spinegrader.model.embedding import BodyEmbedder, BodyEmbeddings, StopRequested
from spinegrader.model.files import read_json, write_atomically, write_json
from spinegrader.model.identity_check import IdentityCheck
from spinegrader.model.level_check import LevelCheck

CHECKS = "checks.json"
EMBEDDINGS = "bodies.npz"


class CheckRecord(BaseModel):
    """The checks of a run.

    Args:
        version: Of the way to measure them; what was measured another way is measured anew.
        weights_sha256: Of the weights that they were measured with.
        identity: None where too few people were held out.
        levels: Likewise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[2]
    weights_sha256: str
    identity: IdentityCheck | None = None
    levels: LevelCheck | None = None


def read_checks(run_folder: Path, weights_sha256: str) -> CheckRecord:
    """The checks of these weights; without any where none were kept or the file can't be read."""
    nothing = CheckRecord(version=2, weights_sha256=weights_sha256)
    try:
        found = CheckRecord.model_validate_json(json.dumps(read_json(run_folder / CHECKS)))
    except (TrainingError, ValidationError):
        return nothing
    return found if found.weights_sha256 == weights_sha256 else nothing


def write_checks(run_folder: Path, record: CheckRecord) -> None:
    """Keeps the checks.

    Raises:
        TrainingError: If they can't be written.
    """
    write_json(run_folder / CHECKS, record.model_dump(mode="json"))


class KnownBodies:
    """Embeddings of volumes that the run's network has seen before, by the volumes' content.

    Args:
        run_folder: Of the run.
        weights_sha256: Embeddings of other weights are forgotten.
    """

    def __init__(self, run_folder: Path, weights_sha256: str) -> None:
        self._path = run_folder / EMBEDDINGS
        self._weights = weights_sha256
        self._known: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]] = {}
        self._used: dict[str, None] = {}
        self._is_new = False
        try:
            with np.load(self._path, allow_pickle=False) as kept:
                if str(kept["weights"]) == weights_sha256:
                    rows = zip(kept["embeddings"], kept["level_logits"], strict=True)
                    self._known = dict(zip(map(str, kept["keys"]), rows, strict=True))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            self._known = {}

    def embed(
        self,
        embedder: BodyEmbedder,
        volumes: VolumeArray,
        stop_requested: StopRequested,
    ) -> BodyEmbeddings:
        """As :meth:`BodyEmbedder.embed`; only what isn't known is computed."""
        keys = [_key(volumes[np.array([row])][0]) for row in range(len(volumes))]
        fresh = np.array([row for row, key in enumerate(keys) if key not in self._known], np.int64)
        self._used |= dict.fromkeys(keys)
        if len(fresh):
            told = embedder.embed(volumes[fresh], stop_requested=stop_requested)
            rows = zip(told.embeddings, told.level_logits, strict=True)
            self._known |= dict(zip([keys[row] for row in fresh], rows, strict=True))
            self._is_new = True
        if not keys:
            return embedder.embed(volumes)
        embeddings, logits = zip(*(self._known[key] for key in keys), strict=True)
        return BodyEmbeddings(np.stack(embeddings), np.stack(logits))

    def keep(self) -> None:
        """Writes those that were asked for beside the weights, if there are new ones.

        Raises:
            TrainingError: If they can't be written.
        """
        if not self._is_new:
            return
        embeddings, logits = zip(*(self._known[key] for key in self._used), strict=True)
        content = io.BytesIO()
        np.savez(
            content,
            weights=np.array(self._weights),
            keys=np.array([*self._used]),
            embeddings=np.stack(embeddings),
            level_logits=np.stack(logits),
        )
        write_atomically(self._path, content.getvalue())


def _key(volume: NDArray[np.floating]) -> str:
    shape = f"{volume.shape} {volume.dtype}".encode()
    return hashlib.sha256(shape + np.ascontiguousarray(volume).tobytes()).hexdigest()[:32]
