"""What is asked and answered where the cost of a job is measured; no torch here."""

from pydantic import BaseModel, ConfigDict

from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.model.detector.config import DetectorConfig

_AROUND_S = 0.15
"""Around each epoch: checkpoints, tables, figures of the validation part."""


class CostRequest(BaseModel):
    """A training that is to be measured.

    Args:
        settings: Of the training, as its file holds them.
        classes: By grading id, how many classes it has; of a fine-tuning.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: PretrainConfig | FinetuneConfig | DetectorConfig
    classes: dict[str, int] = {}

    @property
    def batch(self) -> int:
        """Samples in a step."""
        its = self.settings
        return its.batch_pairs if isinstance(its, PretrainConfig) else its.batch_size


class UseRequest(BaseModel):
    """A trained grading network whose use is to be measured.

    Args:
        run_folder: Of its run.
        weights_sha256: Of its weights, so that another network in the folder is measured anew.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_folder: str
    weights_sha256: str


class StepCost(BaseModel):
    """What a step costs.

    Args:
        step_s: Time of a step of a whole batch; 0 where nothing is learnt.
        look_s: Time of a look at one sample without learning from it.
        memory_bytes: The most that is held at once, of the GPU's memory where there is one; None
            where the system doesn't tell.
        is_gpu: Whether the memory is a GPU's.
    """

    model_config = ConfigDict(frozen=True)

    step_s: float
    look_s: float
    memory_bytes: int | None
    is_gpu: bool

    def seconds_of(self, steps: int, looks: float, epochs: int) -> float:
        """Time of a training.

        Args:
            steps: Of an epoch.
            looks: Samples of the validation part.
            epochs: How many there are.
        """
        return epochs * (steps * self.step_s + looks * self.look_s + _AROUND_S)
