"""What an experiment says on its way: a line for each network and each pass of a pre-training."""

import time

from spinegrader.model.events import EpochEvent, FinishedEvent, MessageEvent

_started_s = time.perf_counter()


def tell(event: object) -> None:
    """Prints what matters, with the minutes since the start."""
    minutes = (time.perf_counter() - _started_s) / 60
    if isinstance(event, MessageEvent):
        print(f"{minutes:.1f} min: {event.text}", flush=True)
    elif isinstance(event, EpochEvent) and "level_accuracy" in event.validation:
        print(f"{minutes:.1f} min: epoch {event.epoch}: {_words(event.validation)}", flush=True)
    elif isinstance(event, FinishedEvent):
        print(f"{minutes:.1f} min: {event.epochs_done} epochs; {_words(event.metrics)}", flush=True)


def _words(figures: dict[str, float] | dict[str, float | None]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in figures.items() if value is not None)
