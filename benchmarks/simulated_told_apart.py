"""Whether a simple classifier tells simulated people from real ones by the figures compared."""

import numpy as np

from benchmarks.simulated_figures import Group
from benchmarks.simulated_statistics import area_under_curve
from spinegrader.domain.geometry import FloatArray

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_FOLDS = 5
_SEED = 5


def told_apart(real: Group, simulated: Group) -> float:
    """Area under the curve of a logistic regression in cross-validation; 0.5 is indistinguishable.

    Each person is one item: five quantiles of bodies and of discs, and both spectra.

    Args:
        real: One entry a person in its histograms and spectra.
        simulated: Likewise.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    items = np.concatenate([_figures(real), _figures(simulated)])
    truth = np.repeat([0, 1], [len(real.histograms["body"]), len(simulated.histograms["body"])])
    classifier = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000)
    )
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED)
    scores = cross_val_predict(classifier, items, truth, cv=folds, method="decision_function")
    return area_under_curve(scores[truth == 1].tolist(), scores[truth == 0].tolist())


def _figures(group: Group) -> FloatArray:
    """One row a person; bands beyond what the pixels hold take the group's mean."""
    spectra = np.concatenate(
        [np.asarray(group.spectra[name]) for name in ("vertebra crops", "disc crops")], axis=1
    )
    histograms = [
        np.quantile(np.asarray(group.histograms[name]), _QUANTILES, axis=1).T
        for name in ("body", "disc")
    ]
    return np.concatenate([*histograms, spectra], axis=1)
