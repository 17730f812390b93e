"""How well embeddings of held-out subjects tell whether two vertebrae are one person's."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from spinegrader.model.config import PairKind
from spinegrader.model.data import PretrainData
from spinegrader.model.metrics import verification_auc
from spinegrader.model.pairs import Pairs, PairSource

VERIFICATION_AUC = "verification_auc"
PROXY_AUC = "proxy_auc"
"""Of two series of one study: no verification of a person over the years, and never called so."""

_SAME_SCANNER = "_same_scanner"
_NAMES: dict[PairKind, str] = {"follow-up": VERIFICATION_AUC, "same-study": PROXY_AUC}


class Verification:
    """The pairs of some held-out subjects, drawn once.

    Args:
        data: All vertebrae.
        subjects: The subjects to use.
        kind: What the training calls a pair.
    """

    def __init__(self, data: PretrainData, subjects: tuple[str, ...], kind: PairKind) -> None:
        self.subjects = subjects
        self.pairs = PairSource(data, subjects, kind).all_pairs()
        self._by_figure = {
            name: PairSource(data, subjects, each).all_pairs()
            for each, name in _NAMES.items()
            if kind in (each, "both")
        }
        self._scanners = np.asarray(data.scanners)

    def figures(self, rows: NDArray[np.int64], embeddings: Tensor) -> dict[str, float | None]:
        """Areas under the ROC curve of minus the distance; None where one isn't defined.

        Args:
            rows: Row numbers of the embedded vertebrae, rising; all of the subjects'.
            embeddings: (len(rows), embedding).
        """
        found: dict[str, float | None] = {}
        for name, pairs in self._by_figure.items():
            for ending, chosen in self._choices(pairs):
                first, second = members(chosen, rows, embeddings)
                distances = (first - second).norm(dim=1).numpy()
                found[name + ending] = (
                    verification_auc(distances, chosen.same) if len(chosen) else None
                )
        return found

    def _choices(self, pairs: Pairs) -> Iterator[tuple[str, Pairs]]:
        """All pairs, and those whose strangers come from one scanner: which may leak."""
        yield "", pairs
        if len(self._scanners):
            is_one = self._scanners[pairs.first] == self._scanners[pairs.second]
            is_known = self._scanners[pairs.first] != ""
            yield _SAME_SCANNER, pairs.take(pairs.same | (is_one & is_known))


def members(pairs: Pairs, rows: NDArray[np.int64], embeddings: Tensor) -> tuple[Tensor, Tensor]:
    """Embeddings of both members of pairs; ``rows`` are rising."""
    first, second = (np.searchsorted(rows, its) for its in (pairs.first, pairs.second))
    return embeddings[first], embeddings[second]
