"""Which studies to grade next: those that the network is unsure of and that are unlike each other.

BADGE (Ash et al., "Deep batch active learning by diverse, uncertain gradient lower bounds", ICLR
2020) for readings of whole studies. A disc stands where the gradient of its loss would point in the
last layer, had it the grades that the network thinks likeliest: (p - one-hot) times the embedding.
Its length is the uncertainty, its direction what sort of disc it is. Studies are drawn as k-means++
draws centres, with the sum over their discs of the squared distance to the nearest disc that is
covered: by zero, where nothing is left to learn, by a graded study or by one drawn before. Unlike
the gradient of a whole study, that sum doesn't cancel where two discs pull to opposite sides.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

_CHUNK_DISCS = 64

FloatArray = NDArray[np.floating]


def suggested_order(
    probabilities: Mapping[str, FloatArray],
    embeddings: FloatArray,
    studies: Sequence[str],
    graded: Collection[str] = (),
    number: int | None = None,
    seed: int = 0,
) -> tuple[str, ...]:
    """Orders studies by what grading them would teach.

    Args:
        probabilities: By grading id: (N, classes), the network's for each disc.
        embeddings: (N, embedding), what the heads look at.
        studies: (N,), token of each disc's study.
        graded: Studies that have been graded already: they are never suggested, and what is like
            them comes later. Those without discs here don't matter.
        number: How many to order; None for all.
        seed: Of the draw: the same arrays and seed give the same order.

    Returns:
        Studies, each once, the first to grade first; random where all are equally worth it.
    """
    gradients = _Gradients(probabilities, embeddings)
    names, known = tuple(dict.fromkeys(studies)), frozenset(graded)
    places = {name: place for place, name in enumerate(names)}
    owner = np.array([places[name] for name in studies], np.int64)
    discs_of = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])
    open_ = np.array([name not in known for name in names], np.bool_)
    generator = np.random.default_rng(seed)
    left = gradients.squared_lengths.copy()
    gradients.cover(left, np.flatnonzero(~open_[owner]))
    order: list[str] = []
    wanted = int(open_.sum()) if number is None else min(number, int(open_.sum()))
    while len(order) < wanted:
        worth = np.where(open_, np.bincount(owner, left, minlength=len(names)), 0)
        if not worth.sum() > 0:  # nothing is worth more than anything else
            worth = open_.astype(np.float64)
        chosen = int(generator.choice(len(names), p=worth / worth.sum()))
        open_[chosen] = False
        order.append(names[chosen])
        gradients.cover(left, discs_of[chosen])
    return tuple(order)


def uncertainty(probabilities: Mapping[str, FloatArray]) -> NDArray[np.float64]:
    """Mean over the gradings of each disc's entropy, as a share of the greatest possible, (N,)."""
    shares = [
        -np.sum(values * np.log(np.maximum(values, 1e-12)), axis=1) / np.log(values.shape[1])
        for values in probabilities.values()
    ]
    return np.asarray(np.mean(shares, axis=0), np.float64)


def unlikeness(
    embeddings: FloatArray, studies: Sequence[str], graded: Collection[str]
) -> NDArray[np.float64] | None:
    """How unlike each disc is to the graded one that it is most like, as the network sees them.

    One minus the greatest cosine between what the heads look at: 0 for the same picture.

    Args:
        embeddings: (N, embedding), what the heads look at, before their ReLU.
        studies: (N,), token of each disc's study.
        graded: Studies that have been graded.

    Returns:
        Shape (N,); None where nothing is graded.
    """
    seen = np.maximum(embeddings, 0).astype(np.float32)
    seen /= np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-12)
    known = frozenset(graded)
    places = np.flatnonzero([study in known for study in studies])
    if not len(places):
        return None
    likest = np.full(len(seen), -1.0, np.float32)
    for start in range(0, len(places), _CHUNK_DISCS):
        some = places[start : start + _CHUNK_DISCS]
        np.maximum(likest, (seen @ seen[some].T).max(axis=1), out=likest)
    return np.asarray(1 - likest, np.float64)


class _Gradients:
    """The discs' gradients, never written out.

    A gradient is a product of errors (p - one-hot) and embedding, so the scalar product of two is
    that of the errors times that of the embeddings.
    """

    def __init__(self, probabilities: Mapping[str, FloatArray], embeddings: FloatArray) -> None:
        errors = [_errors(values) for values in probabilities.values()]
        self._errors = np.concatenate(errors, axis=1).astype(np.float32)
        # What the heads' linear layers see, behind their ReLU.
        self._seen = np.maximum(embeddings, 0).astype(np.float32)
        lengths = np.sum(self._errors**2, axis=1) * np.sum(self._seen**2, axis=1)
        self.squared_lengths: NDArray[np.float64] = lengths.astype(np.float64)

    def cover(self, left: NDArray[np.float64], discs: NDArray[np.int64]) -> None:
        """Lowers each disc's squared distance to the nearest covered one by some more of these."""
        for start in range(0, len(discs), _CHUNK_DISCS):
            some = discs[start : start + _CHUNK_DISCS]
            products = (self._errors @ self._errors[some].T) * (self._seen @ self._seen[some].T)
            lengths = self.squared_lengths
            gaps = lengths[:, None] + lengths[some] - 2 * products.astype(np.float64)
            # Rounding leaves a crumb between equal ones, which would count where nothing is left.
            gaps[gaps < 1e-5 * (lengths[:, None] + lengths[some])] = 0
            np.minimum(left, gaps.min(axis=1), out=left)


def _errors(values: FloatArray) -> NDArray[np.float64]:
    likeliest = np.eye(values.shape[1])[values.argmax(axis=1)]
    return np.asarray(values - likeliest, np.float64)
