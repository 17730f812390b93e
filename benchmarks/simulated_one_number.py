"""How well Pfirrmann grades follow from one number, nucleus over marrow, real and simulated."""

from collections.abc import Iterable

import numpy as np

from benchmarks.simulated_signals import DiscSignal

_FOLDS = 5


def graded_by_one_number(discs: Iterable[DiscSignal]) -> tuple[float, float]:
    """Mean per-class accuracy, and kappa with quadratic weights, on people that were kept aside.

    Logistic regression on the logarithm of the ratio and its square, in five folds of people.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    known = [
        disc for disc in discs if disc.pfirrmann is not None and min(disc.disc, disc.marrow) > 0
    ]
    ratios = np.log([[disc.disc / disc.marrow] for disc in known])
    grades = np.array([disc.pfirrmann for disc in known])
    people = [disc.subject for disc in known]
    grader = make_pipeline(
        PolynomialFeatures(2, include_bias=False),
        StandardScaler(),
        LogisticRegression(class_weight="balanced", max_iter=2000),
    )
    found = cross_val_predict(grader, ratios, grades, groups=people, cv=GroupKFold(_FOLDS))
    return (
        float(balanced_accuracy_score(grades, found)),
        float(cohen_kappa_score(grades, found, weights="quadratic")),
    )
