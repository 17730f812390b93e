"""What pre-training minimises and measures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spinegrader.domain.anatomy import TRAINING_LEVELS
from spinegrader.model.ahead import made_ready
from spinegrader.model.augment import Movements, draw_movements, move
from spinegrader.model.comparing import Comparison
from spinegrader.model.config import PretrainConfig
from spinegrader.model.data import PretrainData, rows_of
from spinegrader.model.devices import place
from spinegrader.model.losses import class_terms, inverse_frequency_weights
from spinegrader.model.metrics import embedding_spread, level_accuracy
from spinegrader.model.pairs import Pairs, PairSource
from spinegrader.model.siamese import SiameseNetwork
from spinegrader.model.splits import Part, subjects_in
from spinegrader.model.task import CheckStop, PartLoss
from spinegrader.model.training_run import FinalFigures
from spinegrader.model.verification import Verification, members
from spinegrader.model.volumes import EVALUATION_BATCH, in_chunks, to_device


@dataclass(frozen=True)
class PairBatch:
    """Pairs of one step.

    Args:
        rows: (P, 2) row numbers of both members.
        same: (P,) whether they are the same person.
        movements: Of 2 P volumes, members beside each other.
        whole: Pairs in the whole batch.
        moved: The 2 P volumes, where they were made ready before; else None.
    """

    rows: NDArray[np.int64]
    same: NDArray[np.bool_]
    movements: Movements
    whole: int
    moved: Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, start: int, stop: int) -> Self:
        """Pairs ``start`` to ``stop``."""
        volumes = slice(2 * start, 2 * stop)
        return type(self)(
            self.rows[start:stop],
            self.same[start:stop],
            self.movements.take(volumes),
            self.whole,
            None if self.moved is None else self.moved[volumes],
        )


@dataclass(frozen=True)
class _Embedded:
    """Volumes of one part as the network sees them; ``rows`` rising.

    ``compared`` is what the objective compares, the embeddings themselves in the paper's.
    """

    rows: NDArray[np.int64]
    embeddings: Tensor
    compared: Tensor
    logits: Tensor


class PretrainTask:
    """Loss of pairs and of levels, verification on held-out subjects.

    Args:
        config: Settings.
        data: Vertebral bodies.
        split: Part of each subject.
        pairs: Of the training part.
        device: To compute on.
    """

    def __init__(
        self,
        config: PretrainConfig,
        data: PretrainData,
        split: Mapping[str, Part],
        pairs: PairSource,
        device: torch.device,
    ) -> None:
        self._config = config
        self._data = data
        self._device = device
        self._pairs = pairs
        self._comparison = Comparison(config, data)
        self._held_out = {
            part: Verification(data, subjects_in(split, part), config.pairs)
            for part in (Part.VALIDATION, Part.TEST)
        }
        train_rows = rows_of(data.subjects, pairs.subjects)
        weights = inverse_frequency_weights(data.levels[train_rows], len(TRAINING_LEVELS))
        self._level_weights = torch.from_numpy(weights).to(device)
        self.network = SiameseNetwork(
            config.backbone, unit_embedding=config.unit_embedding, objective=config.objective
        )
        place(self.network, device)
        # How many pairs an epoch has doesn't depend on which ones are drawn.
        epoch = len(self._draw(np.random.default_rng(0)))
        self.batches_per_epoch = -(-epoch // config.batch_pairs)

    def _draw(self, numbers: np.random.Generator) -> Pairs:
        negatives = self._config.negatives_per_positive if self._comparison.needs_negatives else 0
        return self._pairs.sample(numbers, negatives)

    def batches(self, numbers: np.random.Generator) -> Iterator[PairBatch]:
        """An epoch of newly drawn pairs."""
        pairs = self._draw(numbers)
        rows = np.stack([pairs.first, pairs.second], axis=1)
        for chosen in in_chunks(np.arange(len(pairs)), self._config.batch_pairs):
            movements = draw_movements(self._config.augment, len(chosen), numbers, members=2)
            moved = made_ready(lambda: self._moved(rows[chosen], movements))  # noqa: B023
            yield PairBatch(rows[chosen], pairs.same[chosen], movements, len(chosen), moved)

    def _moved(self, rows: NDArray[np.int64], movements: Movements) -> Tensor:
        volumes = to_device(self._data.volumes, rows.reshape(-1), self._device)
        return move(volumes, movements, self._config.augment.blur_pixels)

    def loss(self, batch: PairBatch) -> PartLoss:
        """Share of a batch of pairs."""
        rows = batch.rows.reshape(-1)
        moved = self._moved(batch.rows, batch.movements) if batch.moved is None else batch.moved
        _, compared, logits = self.network(moved)
        share = len(batch) / batch.whole
        pair_share = self._comparison.mean(compared, batch.rows, batch.same) * share
        levels = self._levels(rows)
        level_share = self._level_terms(logits, levels).sum() / (2 * batch.whole)
        right = (logits.argmax(dim=1) == levels).sum() / (2 * batch.whole)
        return PartLoss(
            total=self._total(pair_share, level_share),
            figures={
                f"{self._config.objective}_loss": pair_share.detach(),
                "level_loss": level_share.detach(),
                "level_accuracy": right,
            },
        )

    def _total(self, pairs: Tensor, level: Tensor) -> Tensor:
        config = self._config
        return config.contrastive_weight * pairs + config.level_weight * level

    def _levels(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(self._data.levels[rows].astype(np.int64)).to(self._device)

    def _level_terms(self, logits: Tensor, levels: Tensor) -> Tensor:
        return class_terms(logits, levels, self._level_weights)

    def validate(self, check_stop: CheckStop) -> dict[str, float]:
        """Figures on validation subjects, without augmentation."""
        embedded = self._embed(Part.VALIDATION, check_stop)
        figures = self._figures(Part.VALIDATION, embedded)
        loss = self._held_out_loss(embedded)
        if loss is not None:
            figures["loss"] = loss
        return {name: value for name, value in figures.items() if value is not None}

    def score(self, train: dict[str, float], validation: dict[str, float]) -> tuple[float, ...]:
        """The loss on validation pairs, or in training without such pairs.

        Not the verification AUC: few subjects saturate it while levels are still unlearnt.
        """
        return (-validation.get("loss", train["loss"]),)

    def final_figures(self, best: dict[str, float]) -> FinalFigures:
        """Validation figures of the kept epoch, and those of test subjects beside them."""
        test = self._figures(Part.TEST, self._embed(Part.TEST))
        metrics: dict[str, float | None] = {name: best.get(name) for name in test}
        metrics |= {f"test_{name}": value for name, value in test.items()}
        return FinalFigures(metrics, {})

    def _embed(self, part: Part, check_stop: CheckStop = lambda: None) -> _Embedded:
        rows = rows_of(self._data.subjects, self._held_out[part].subjects)
        embeddings = [torch.empty(0, self.network.backbone.embedding)]
        compared: list[Tensor] = []
        logits = [torch.empty(0, len(TRAINING_LEVELS))]
        for chunk in in_chunks(rows, EVALUATION_BATCH):
            check_stop()
            volumes = to_device(self._data.volumes, chunk, self._device)
            outputs = self.network(volumes)
            for kept, found in zip((embeddings, compared, logits), outputs, strict=True):
                kept.append(found.cpu())
        return _Embedded(
            rows, torch.cat(embeddings), torch.cat(compared or embeddings), torch.cat(logits)
        )

    def _figures(self, part: Part, embedded: _Embedded) -> dict[str, float | None]:
        return self._held_out[part].figures(embedded.rows, embedded.embeddings) | {
            "level_accuracy": level_accuracy(
                embedded.logits.numpy(), self._data.levels[embedded.rows]
            ),
            "embedding_spread": embedding_spread(embedded.embeddings.numpy()),
        }

    def _held_out_loss(self, embedded: _Embedded) -> float | None:
        """The loss on validation pairs, both sorts counting the same; None without either."""
        pairs = self._held_out[Part.VALIDATION].pairs
        if not pairs.same.any() or pairs.same.all():
            return None
        sorts = (True, False) if self._comparison.needs_negatives else (True,)
        means = [self._compared(embedded, pairs.take(pairs.same == sort)) for sort in sorts]
        levels = self._levels(embedded.rows).cpu()
        level = class_terms(embedded.logits, levels, self._level_weights.cpu()).mean()
        return self._total(torch.stack(means).mean(), level).item()

    def _compared(self, embedded: _Embedded, pairs: Pairs) -> Tensor:
        """The mean over pairs; where they are compared within batches, in batches as trained."""
        size = len(pairs) if self._comparison.needs_negatives else self._config.batch_pairs
        # In an order of its own: neighbours are of one subject.
        order = np.random.default_rng(0).permutation(len(pairs))
        total = torch.zeros(())
        for chosen in in_chunks(order, size):
            some = pairs.take(chosen)
            both = torch.stack(members(some, embedded.rows, embedded.compared), dim=1)
            rows = np.stack([some.first, some.second], axis=1)
            total += self._comparison.mean(both.flatten(0, 1), rows, some.same) * len(some)
        return total / len(pairs)
