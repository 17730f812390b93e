"""What is said of a training while it runs: a name and a short text each."""

from spinegrader.gui.training.history import RunHistory
from spinegrader.services.run_words import device_text
from spinegrader.services.wording import duration_text
from spinegrader.texts import for_translation, translate

Fact = tuple[str, str]

_NONE_YET = "–"
_MEGABYTE = 1e6
_GIGABYTE = 1e9
_SPEEDS = {
    "pretrain": for_translation("{number} pairs a second"),
    "finetune": for_translation("{number} discs a second"),
    "detector": for_translation("{number} cuts a second"),
}
_BATCH_SPEED = for_translation("{number} batches a second")


def job_facts(history: RunHistory, patience_epochs: int) -> tuple[Fact, ...]:
    """What is known of a training; a dash stands where nothing is known yet.

    Args:
        history: What it has told.
        patience_epochs: After how many epochs without gain it ends; 0 for never.
    """
    last, started = history.last_epoch, history.started
    memory = None if last is None else last.memory_bytes
    facts = [
        (translate("Epoch"), _epoch_text(history)),
        (translate("Best epoch"), str(history.best_epoch or _NONE_YET)),
        (translate("Epochs without gain"), _gain_text(history, patience_epochs)),
        (translate("Time left"), _time_text(history.remaining_s)),
        (translate("Speed"), _speed_text(history)),
        (translate("Time so far"), _time_text(_elapsed_s(history))),
        (translate("Device"), _NONE_YET if started is None else device_text(started.device)),
        (translate("Memory"), _memory_text(memory)),
    ]
    if last is not None and last.gpu_memory_bytes is not None:
        facts.append((translate("Memory of the GPU"), _memory_text(last.gpu_memory_bytes)))
    return tuple(facts)


def _epoch_text(history: RunHistory) -> str:
    if history.started is None:
        return _NONE_YET
    done = 0 if history.last_epoch is None else history.last_epoch.epoch
    return translate("{done} of {total} done").format(done=done, total=history.started.epochs)


def _gain_text(history: RunHistory, patience_epochs: int) -> str:
    if history.last_epoch is None:
        return _NONE_YET
    count = history.epochs_without_gain
    if not patience_epochs:
        return str(count)
    return translate("{count}; it ends at {patience}").format(count=count, patience=patience_epochs)


def _time_text(seconds: float | None) -> str:
    return _NONE_YET if seconds is None else duration_text(seconds)


def _elapsed_s(history: RunHistory) -> float | None:
    if history.batch is not None and history.batch.elapsed_s is not None:
        return history.batch.elapsed_s
    return None if history.last_epoch is None else history.last_epoch.elapsed_s


def _speed_text(history: RunHistory) -> str:
    last = history.last_epoch
    if last is not None and last.samples_per_s is not None and history.started is not None:
        words = _SPEEDS.get(history.started.kind, _SPEEDS["detector"])
        return translate(words).format(number=_number_text(last.samples_per_s))
    if history.batches_per_s is not None:
        return translate(_BATCH_SPEED).format(number=_number_text(history.batches_per_s))
    return _NONE_YET


def _number_text(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _memory_text(size_bytes: int | None) -> str:
    if size_bytes is None:
        return _NONE_YET
    if size_bytes >= _GIGABYTE:
        return translate("{size} GB").format(size=f"{size_bytes / _GIGABYTE:.1f}")
    return translate("{size} MB").format(size=f"{size_bytes / _MEGABYTE:.0f}")
