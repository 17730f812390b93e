"""What can be had from raw pixels without a network: grades by a linear probe, and identity."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.simulated_visits import VisitRecord
from spinegrader.domain.geometry import FloatArray

_COMPONENTS = 60
_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_FOLDS = 4
_SEED = 13


def probe_accuracy(train: Sequence[VisitRecord], test: Sequence[VisitRecord]) -> float:
    """Mean per-class accuracy of grades by logistic regression on the pixels of disc volumes.

    Principal components first; how strongly it is held back is chosen by cross-validation over
    the people of the training part. Both are generous to the probe.
    """
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import GridSearchCV, GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pixels, grades, people = _discs(train)
    others, truth, _ = _discs(test)
    components = min(_COMPONENTS, len(pixels) // 2)
    probe = make_pipeline(
        PCA(components, random_state=_SEED),
        StandardScaler(),
        LogisticRegression(class_weight="balanced", max_iter=2000),
    )
    search = GridSearchCV(
        probe,
        {"logisticregression__C": _STRENGTHS},
        scoring="balanced_accuracy",
        cv=GroupKFold(_FOLDS),
    )
    search.fit(pixels, grades, groups=people)
    return float(balanced_accuracy_score(truth, search.predict(others)))


def raw_verification_area(train: Sequence[VisitRecord], test: Sequence[VisitRecord]) -> float:
    """Area under the curve of “same person” by distances of raw vertebral bodies.

    Distances of whitened principal components of bodies of the same level, a pair's levels taken
    one by one as the network's verification does.
    """
    from sklearn.decomposition import PCA

    from benchmarks.simulated_statistics import area_under_curve

    pixels = np.concatenate([item.vertebrae for item in train])
    components = min(_COMPONENTS, len(pixels) // 2)
    space = PCA(components, whiten=True, random_state=_SEED).fit(_flat(pixels))
    placed = []
    for item in test:
        if len(item.vertebrae):
            places = space.transform(_flat(item.vertebrae))
            placed.append((item.subject, dict(zip(item.levels.tolist(), places, strict=True))))
    same: list[float] = []
    different: list[float] = []
    for place, (subject, bodies) in enumerate(placed):
        for other, theirs in placed[place + 1 :]:
            for level in bodies.keys() & theirs.keys():
                distance = float(np.linalg.norm(bodies[level] - theirs[level]))
                (same if subject == other else different).append(-distance)
    return area_under_curve(same, different)


def _discs(
    records: Sequence[VisitRecord],
) -> tuple[FloatArray, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    pixels = _flat(np.concatenate([item.discs for item in records]))
    grades = np.concatenate([item.grades for item in records])
    people = np.concatenate([np.full(len(item.grades), item.subject) for item in records])
    return pixels, grades, people


def _flat(volumes: npt.NDArray[np.float16]) -> FloatArray:
    return np.asarray(volumes.reshape(len(volumes), -1), dtype=np.float32)
