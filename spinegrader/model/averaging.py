"""A moving average of the weights: steadier on few samples than the weights of any one step.

Polyak and Juditsky, SIAM J Control Optim 1992;30:838; with exponential weights and a shorter
memory at the beginning as in TensorFlow's ``ExponentialMovingAverage``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """The average of a network's weights and normalisation over its last steps.

    Args:
        network: On its device.
        decay: What remains of the average at each step; 0 for no average.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._network = network
        self._decay = decay
        self._steps = 0
        self._averages: dict[str, Tensor] = {}
        if decay:
            self.restart()

    def restart(self) -> None:
        """Begins with the network's weights of now."""
        self._steps = 0
        state = self._network.state_dict()
        self._averages = {name: tensor.detach().clone() for name, tensor in state.items()}

    def update(self) -> None:
        """Takes the weights of a step in."""
        if not self._decay:
            return
        self._steps += 1
        decay = min(self._decay, (1 + self._steps) / (10 + self._steps))
        with torch.no_grad():
            for name, tensor in self._network.state_dict().items():
                average = self._averages[name]
                if average.is_floating_point():
                    average.lerp_(tensor, 1 - decay)
                else:
                    average.copy_(tensor)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Within it the network has the averaged weights."""
        if not self._decay:
            yield
            return
        state = self._network.state_dict()
        own = {name: tensor.detach().clone() for name, tensor in state.items()}
        self._network.load_state_dict(self._averages)
        try:
            yield
        finally:
            self._network.load_state_dict(own)

    def state(self) -> tuple[int, dict[str, Tensor]]:
        """Steps taken in and averages, for a checkpoint."""
        return self._steps, self._averages

    def load(self, steps: int, averages: Mapping[str, Tensor]) -> None:
        """Puts back what :meth:`state` gave.

        Raises:
            RuntimeError: If the averages are of another network.
        """
        if not self._decay:
            return
        if averages.keys() != self._averages.keys():
            raise RuntimeError("averages of another network")
        self._steps = steps
        for name, tensor in averages.items():
            self._averages[name].copy_(tensor)
