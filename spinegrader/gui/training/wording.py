"""How runs, figures and times are called on the screen."""

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale

from spinegrader.domain.scheme import Scheme
from spinegrader.model.runs import RunCard

KIND_NAMES = {"pretrain": "Pre-training", "finetune": "Fine-tuning"}

FIGURE_NAMES = {
    "loss": "Loss",
    "contrastive": "Contrastive loss",
    "contrastive_loss": "Contrastive loss",
    "level": "Level loss",
    "level_loss": "Level loss",
    "verification_auc": "Same person recognised (AUC)",
    "level_accuracy": "Level named right",
    "embedding_spread": "Spread of embeddings",
    "mean_class_accuracy": "Mean per-class accuracy",
}
"""What the figures of a run are called."""

_SHARES = ("accuracy", "within_one")
"""Figures with these words in their name are parts of a whole and shown in percent."""

_HEADLINES = {
    "pretrain": (("verification_auc", "AUC"), ("level_accuracy", "levels")),
    "finetune": (("mean_class_accuracy", "accuracy"),),
}
"""The figures that a run is remembered by: the first that its data give."""


def local_time_text(iso: str) -> str:
    """A UTC time in ISO 8601 as the reader's own date and time, without the present year."""
    try:
        local = datetime.fromisoformat(iso).astimezone()
    except ValueError:
        return ""
    year = "" if local.year == datetime.now().astimezone().year else " yyyy"
    when = QDateTime.fromSecsSinceEpoch(int(local.timestamp()))
    return QLocale().toString(when, f"d MMM{year}, HH:mm")


def kind_name(kind: str) -> str:
    """Pre-training or Fine-tuning."""
    return KIND_NAMES.get(kind, kind)


def figure_name(key: str, scheme: Scheme | None = None) -> str:
    """What a figure of a run is called; ``pfirrmann.mean_class_accuracy`` names its grading."""
    head, _, tail = key.replace("/", ".").partition(".")
    if not tail:
        return FIGURE_NAMES.get(key, key.replace("_", " ").capitalize())
    known = {} if scheme is None else {item.id: item.name for item in scheme.gradings}
    name = FIGURE_NAMES.get(tail, tail.replace("_", " "))
    return f"{known.get(head, head.replace('_', ' ').capitalize())}: {name[:1].lower()}{name[1:]}"


def figure_text(key: str, value: float | None) -> str:
    """A figure with the digits that mean something; a dash where the data gave none."""
    if value is None:
        return "–"
    if any(word in key for word in _SHARES):
        return f"{100 * value:.0f} %"
    return f"{value:.3f}"


def headline(card: RunCard) -> str:
    """The one figure that a run is remembered by, on test people; empty before there is one."""
    for key, short in _HEADLINES[card.kind]:
        for name, part in ((f"test_{key}", ""), (key, " on validation")):
            value = card.figures.get(name)
            if value is not None:
                return f"{short} {figure_text(key, value)}{part}"
    return ""


def run_title(kind: str, started_at: str, run_folder: Path | None = None) -> str:
    """What a run is called in lists and headings."""
    when = local_time_text(started_at)
    fallback = "" if run_folder is None else run_folder.name
    return f"{kind_name(kind)}, {when}" if when else f"{kind_name(kind)} {fallback}".strip()
