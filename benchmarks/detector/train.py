"""Trains the detector that comes with the program, and goes on where it was stopped.

    python -m benchmarks.detector.train MATERIAL RUN --sources '{"space": 1, "sim": 1}'

MATERIAL is the folder that the other commands of this package have filled.
"""

import argparse
import json
import logging
from pathlib import Path

from benchmarks.detector.loading import load_data
from spinegrader.model.detector.config import DetectorConfig
from spinegrader.model.detector.train import train_detector
from spinegrader.model.detector.weights import detector_in
from spinegrader.model.events import BatchEvent, EpochEvent, Event

_log = logging.getLogger(__name__)


def main() -> None:
    """Reads the material and trains."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detector.train")
    parser.add_argument("material", type=Path)
    parser.add_argument("run", type=Path, help="folder of the run; goes on if it holds one")
    parser.add_argument("--sources", type=json.loads, required=True, help="weight by source")
    parser.add_argument("--start-from", type=Path, help="folder of another run")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--steps", type=int, default=100, help="in an epoch")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--validation-slices", type=int, default=24, help="of each source")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    data, split = load_data(chosen.material, chosen.sources, chosen.validation_slices)
    usual = DetectorConfig(epochs=chosen.epochs, batches_per_epoch=chosen.steps)
    optimiser = usual.optimiser.model_copy(update={"learning_rate": chosen.learning_rate})
    result = train_detector(
        usual.model_copy(update={"optimiser": optimiser}),
        data,
        split,
        chosen.run,
        None if chosen.start_from is None else detector_in(chosen.start_from),
        _tell,
        lambda: False,
        spare_cores=0,
    )
    _log.info("%s", dict(result.metrics))


def _tell(event: Event) -> None:
    if isinstance(event, BatchEvent):
        if event.batch % 25 == 0:
            _log.info("epoch %d, batch %d: %.3f", event.epoch, event.batch, event.loss)
    elif isinstance(event, EpochEvent):
        figures = {name: round(value, 3) for name, value in event.validation.items()}
        _log.info("epoch %d of %d: %s", event.epoch, event.epochs, figures)
    else:
        _log.info("%s", event)


if __name__ == "__main__":
    main()
