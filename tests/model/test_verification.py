import numpy as np
import torch

from spinegrader.model.data import PretrainData
from spinegrader.model.verification import Verification


def test_strangers_of_one_scanner_are_told_apart_on_their_own():
    generator = np.random.default_rng(0)
    people = np.repeat(np.arange(12), 2)
    scanner = people % 2
    data = PretrainData(
        np.zeros((24, 1, 4, 4), np.float16),
        tuple(f"s{person:02d}" for person in people),
        (1, 2) * 12,
        tuple(f"s{person:02d}v{visit}" for person, visit in zip(people, (1, 2) * 12, strict=True)),
        np.zeros(24, np.int64),
        scanners=tuple("AB"[item] for item in scanner),
    )
    # The scanner tells much, the person nothing.
    embeddings = generator.normal(size=(24, 3)) + 20 * scanner[:, None]
    verification = Verification(data, tuple(sorted(set(data.subjects))), "follow-up")
    figures = verification.figures(np.arange(24), torch.from_numpy(embeddings))
    assert figures["verification_auc"] > 0.7
    assert abs(figures["verification_auc_same_scanner"] - 0.5) < 0.2


def test_without_pairs_there_is_no_figure():
    data = PretrainData(np.zeros((2, 1, 4, 4), np.float16), ("a", "b"), (1, 1), "ab", np.zeros(2))
    figures = Verification(data, ("a", "b"), "both").figures(np.arange(2), torch.zeros(2, 3))
    assert figures == {"verification_auc": None, "proxy_auc": None}
