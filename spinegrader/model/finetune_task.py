"""What fine-tuning minimises and measures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spinegrader.errors import TrainingError
from spinegrader.model.ahead import made_ready
from spinegrader.model.augment import Movements, draw_movements, move
from spinegrader.model.config import FinetuneConfig
from spinegrader.model.confusions import confusion_of
from spinegrader.model.data import MISSING, GradingData
from spinegrader.model.devices import place
from spinegrader.model.graded_figures import MEAN_ACCURACY, Graded, graded_figures
from spinegrader.model.grader import GradingNetwork
from spinegrader.model.labels import GradedParts
from spinegrader.model.losses import class_terms, inverse_frequency_weights, ordinal_terms
from spinegrader.model.metrics import Agreement, agreement, mean_class_accuracy
from spinegrader.model.splits import Part
from spinegrader.model.task import CheckStop, PartLoss
from spinegrader.model.training_run import FinalFigures
from spinegrader.model.volumes import EVALUATION_BATCH, in_chunks, to_device

_NORMALISED_VOLUMES = 512
"""From which frozen random layers take the statistics that they normalise by, at most."""


@dataclass(frozen=True)
class DiscBatch:
    """Discs of one step.

    Args:
        rows: (N,) row numbers.
        movements: Of N volumes.
        labelled: By grading: how many discs of the whole batch have a grade.
        moved: The volumes, where they were made ready before; else None.
    """

    rows: NDArray[np.int64]
    movements: Movements
    labelled: Mapping[str, int]
    moved: Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, start: int, stop: int) -> Self:
        """Discs ``start`` to ``stop``."""
        discs = slice(start, stop)
        moved = None if self.moved is None else self.moved[discs]
        return type(self)(self.rows[discs], self.movements.take(discs), self.labelled, moved)


class FinetuneTask:
    """Loss of all gradings, accuracy on held-out subjects.

    Args:
        config: Settings.
        data: Discs with grades.
        parts: What is learnt, from which discs.
        pretrained: Weights to start from; None for scratch.
        device: To compute on.

    Raises:
        TrainingError: If the weights don't fit the network.
    """

    def __init__(
        self,
        config: FinetuneConfig,
        data: GradingData,
        parts: GradedParts,
        pretrained: Mapping[str, Tensor] | None,
        device: torch.device,
    ) -> None:
        self._config = config
        self._data = data
        self._parts = parts
        self._device = device
        classes = {name: len(data.class_values[name]) for name in parts.gradings}
        train = parts.rows[Part.TRAIN]
        self._class_weights = {
            name: torch.from_numpy(
                inverse_frequency_weights(data.labels[name][train], count)
                if config.balanced
                else np.ones(count, np.float32)
            )
            for name, count in classes.items()
        }
        self.network = GradingNetwork(config.backbone, classes, config.freeze)
        if pretrained is not None:
            try:
                self.network.copy_pretrained(pretrained, config.freeze)
            except RuntimeError as error:
                raise TrainingError(
                    "The weights to start from don't fit the network: choose another run."
                ) from error
        place(self.network, device)
        if pretrained is None and config.freeze != "none":
            self.network.measure_normalisation(self._some_volumes(train))
        self.batches_per_epoch = -(-len(train) // config.batch_size)

    def _some_volumes(self, rows: NDArray[np.int64]) -> Iterator[Tensor]:
        chosen = rows[:: -(-len(rows) // _NORMALISED_VOLUMES)]
        for chunk in in_chunks(chosen, EVALUATION_BATCH):
            yield to_device(self._data.volumes, chunk, self._device)

    def batches(self, numbers: np.random.Generator) -> Iterator[DiscBatch]:
        """All graded training discs in a new order."""
        order = numbers.permutation(self._parts.rows[Part.TRAIN])
        for rows in in_chunks(order, self._config.batch_size):
            labelled = {
                name: int((self._data.labels[name][rows] != MISSING).sum())
                for name in self._parts.gradings
            }
            movements = draw_movements(self._config.augment, len(rows), numbers)
            moved = made_ready(lambda: self._moved(rows, movements))  # noqa: B023
            yield DiscBatch(rows, movements, labelled, moved)

    def _moved(self, rows: NDArray[np.int64], movements: Movements) -> Tensor:
        volumes = to_device(self._data.volumes, rows, self._device)
        return move(volumes, movements, self._config.augment.blur_pixels)

    def loss(self, batch: DiscBatch) -> PartLoss:
        """Share of a batch: mean over gradings of the mean over discs that have a grade."""
        moved = self._moved(batch.rows, batch.movements) if batch.moved is None else batch.moved
        logits = self.network(moved)
        shares = {
            name: self._terms(name, values, batch.rows).sum() / max(1, batch.labelled[name])
            for name, values in logits.items()
        }
        total = torch.stack(list(shares.values())).mean()
        return PartLoss(total, {f"{name}.loss": share.detach() for name, share in shares.items()})

    def _terms(self, grading: str, logits: Tensor, rows: NDArray[np.int64]) -> Tensor:
        labels = torch.from_numpy(self._data.labels[grading][rows]).to(logits.device)
        is_soft = self._config.loss == "ordinal" and self._data.ordinal[grading]
        terms = ordinal_terms if is_soft else class_terms
        return terms(logits, labels, self._class_weights[grading].to(logits.device))

    def validate(self, check_stop: CheckStop) -> dict[str, float]:
        """Loss and mean per-class accuracy on validation subjects, without augmentation."""
        rows = self._parts.rows[Part.VALIDATION]
        if not len(rows):
            return {}
        logits = self._predict(rows, check_stop)
        losses: list[float] = []
        accuracies: dict[str, float] = {}
        for name, values in logits.items():
            known = self._data.labels[name][rows] != MISSING
            if not known.any():
                continue
            losses.append(self._terms(name, values[known], rows[known]).mean().item())
            found = self._accuracy(name, values[known], rows[known])
            if found is not None:
                accuracies[f"{name}.{MEAN_ACCURACY}"] = found
        mean = float(np.mean(list(accuracies.values())))
        return {"loss": float(np.mean(losses)), MEAN_ACCURACY: mean, **accuracies}

    def _accuracy(self, grading: str, logits: Tensor, rows: NDArray[np.int64]) -> float | None:
        """Mean per-class accuracy of graded discs."""
        labels = self._data.labels[grading][rows]
        classes = len(self._data.class_values[grading])
        return mean_class_accuracy(confusion_of(labels, logits.argmax(dim=1).numpy(), classes))

    def score(self, train: dict[str, float], validation: dict[str, float]) -> tuple[float, ...]:
        """Accuracy first, loss where it is equal; training loss without validation grades."""
        if MEAN_ACCURACY in validation:
            return validation[MEAN_ACCURACY], -validation["loss"]
        return (-train["loss"],)

    def final_figures(self, best: dict[str, float]) -> FinalFigures:
        """Validation figures of the kept epoch, agreement and calibration on test subjects."""
        parts = (Part.VALIDATION, Part.TEST)
        rows = [self._parts.rows[part] for part in parts]
        validation, test = (
            {name: values.numpy() for name, values in self._predict(chosen).items()}
            for chosen in rows
        )
        graded = {
            name: Graded(
                *self._graded(name, validation[name], rows[0]),
                *self._graded(name, test[name], rows[1]),
                self._agreement(name, test[name], rows[1]),
            )
            for name in self._parts.gradings
        }
        return graded_figures(graded, best)

    def _graded(
        self, grading: str, logits: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Logits and labels of those discs that have a grade."""
        labels = self._data.labels[grading][rows]
        known = labels != MISSING
        return logits[known], labels[known]

    def _predict(
        self, rows: NDArray[np.int64], check_stop: CheckStop = lambda: None
    ) -> dict[str, Tensor]:
        logits: dict[str, list[Tensor]] = {
            name: [torch.empty(0, len(self._data.class_values[name]))]
            for name in self._parts.gradings
        }
        for chunk in in_chunks(rows, EVALUATION_BATCH):
            check_stop()
            found = self.network(to_device(self._data.volumes, chunk, self._device))
            for name, values in found.items():
                logits[name].append(values.cpu())
        return {name: torch.cat(values) for name, values in logits.items()}

    def _agreement(
        self, grading: str, logits: NDArray[np.float32], rows: NDArray[np.int64]
    ) -> Agreement:
        labels = self._data.labels[grading][rows]
        known = labels != MISSING
        digits = np.asarray(self._data.class_values[grading])
        return agreement(
            digits[labels[known]],
            digits[logits.argmax(axis=1)[known]],
            self._data.class_values[grading],
            [self._data.subjects[row] for row in rows[known]],
            ordinal=self._data.ordinal[grading],
            seed=self._config.seed,
        )
