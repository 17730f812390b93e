"""What is asked and answered where a step of a training is measured; no torch here."""

from pydantic import BaseModel, ConfigDict

from spinegrader.model.config import FinetuneConfig, PretrainConfig

_LOOK_SHARE = 1 / 3
"""Of a step: a look at as many volumes without learning. The way back through the network costs
about twice the way there."""

_AROUND_S = 0.15
"""Around each epoch: checkpoints, tables, figures of the validation part."""


class CostRequest(BaseModel):
    """What is to be measured.

    Args:
        settings: Of the training, as its file holds them.
        classes: By grading id, how many classes it has; of a fine-tuning.
    """

    model_config = ConfigDict(frozen=True)

    settings: PretrainConfig | FinetuneConfig
    classes: dict[str, int] = {}

    @property
    def batch(self) -> int:
        """Samples in a step."""
        its = self.settings
        return its.batch_pairs if isinstance(its, PretrainConfig) else its.batch_size


class StepCost(BaseModel):
    """What a step costs.

    Args:
        step_s: Time of a step of a whole batch.
        memory_bytes: The most that is held at once, of the GPU's memory where there is one; None
            where the system doesn't tell.
        device: In words.
        is_gpu: Whether the memory is a GPU's.
    """

    model_config = ConfigDict(frozen=True)

    step_s: float
    memory_bytes: int | None
    device: str
    is_gpu: bool

    def seconds_of(self, steps: int, looks: float, epochs: int) -> float:
        """Time of a training.

        Args:
            steps: Of an epoch.
            looks: To how many steps' volumes the validation part comes.
            epochs: How many there are.
        """
        return epochs * ((steps + looks * _LOOK_SHARE) * self.step_s + _AROUND_S)
