"""The objective of pre-training: how the embeddings of a batch of pairs are compared."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spinegrader.model.config import PretrainConfig
from spinegrader.model.data import PretrainData
from spinegrader.model.losses import contrastive_terms, nt_xent_terms, vicreg_loss
from spinegrader.model.sharing import first_row, gather

Numbers = NDArray[np.int64]


class Comparison:
    """The loss of pairs by the objective that the settings name.

    Args:
        config: Settings.
        data: Vertebral bodies, for whose they are.
    """

    def __init__(self, config: PretrainConfig, data: PretrainData) -> None:
        self._config = config
        self._subjects = _codes(data.subjects)
        self._weightings = _codes(data.weightings or ("",) * len(data.subjects))
        self._levels = data.levels.astype(np.int64)

    @property
    def needs_negatives(self) -> bool:
        """Whether pairs of two persons are drawn; other objectives find them in the batch."""
        return self._config.objective == "contrastive"

    def mean(self, embeddings: Tensor, rows: Numbers, same: NDArray[np.bool_]) -> Tensor:
        """Mean over pairs; of an objective that compares a batch, over this process's pairs.

        Args:
            embeddings: (2 P, embedding), the members of a pair beside each other.
            rows: (P, 2) row numbers of both members.
            same: (P,) whether they are the same person.
        """
        config = self._config
        if config.objective == "contrastive":
            if not len(rows):  # a process's share of a small batch
                return (embeddings * 0).sum()
            first, second = embeddings[0::2], embeddings[1::2]
            is_same = torch.from_numpy(same).to(embeddings.device)
            return contrastive_terms(first, second, is_same, config.margin).mean()
        # These compare the whole batch, whichever process works off which part of it.
        everything = gather(embeddings)
        if config.objective == "vicreg":
            return vicreg_loss(everything[0::2], everything[1::2])
        members = _all_numbers(rows.reshape(-1), embeddings.device)
        terms = nt_xent_terms(
            everything,
            torch.from_numpy(np.arange(len(members)) ^ 1).to(embeddings.device),
            torch.from_numpy(self._strangers(members)).to(embeddings.device),
            config.temperature,
        )
        begin = first_row(len(embeddings))
        return terms[begin : begin + len(embeddings)].sum() / max(1, len(embeddings))

    def _strangers(self, rows: Numbers) -> NDArray[np.bool_]:
        """Other persons' bodies of one's level, as far as they are of one's partner's weighting.

        The same negatives as of the contrastive loss: neither the level nor how bright fat is
        may tell whether it is one person.
        """
        subjects, levels, weightings = (
            of_all[rows] for of_all in (self._subjects, self._levels, self._weightings)
        )
        wanted = weightings.reshape(-1, 2)[:, ::-1].reshape(-1)
        is_other = subjects[:, None] != subjects[None, :]
        is_alike = (levels[:, None] == levels) & (wanted[:, None] == weightings[None, :])
        return np.asarray(is_other & is_alike)


def _all_numbers(rows: Numbers, device: torch.device) -> Numbers:
    """Row numbers of the whole batch, in the order in which embeddings are gathered."""
    return np.asarray(gather(torch.from_numpy(rows).to(device)).cpu().numpy())


def _codes(names: tuple[str, ...]) -> Numbers:
    return np.unique(np.asarray(names), return_inverse=True)[1].astype(np.int64)
