"""How runs, figures and times are called on the screen."""

import re
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale

from spinegrader.domain.scheme import Scheme
from spinegrader.model.runs import IMPORTED, RunCard
from spinegrader.services.graders import SHIPPED
from spinegrader.services.run_words import ValueWords
from spinegrader.texts import for_translation, translate

KIND_NAMES = {
    "pretrain": for_translation("Pre-training"),
    "finetune": for_translation("Fine-tuning"),
    "detector": for_translation("Detector"),
}

_RUN_NAME = re.compile(r"([a-z]+)-(\d{8})-(\d{6})(?:-(\d+))?")
"""As ``new_run_folder`` gives them."""

_COMES_ALONG = for_translation("the one that comes with SpineGrader")
_QUOTED = re.compile("“([^”]*)”")

FIGURE_NAMES = {
    "loss": for_translation("Loss"),
    "contrastive": for_translation("Contrastive loss"),
    "contrastive_loss": for_translation("Contrastive loss"),
    "level": for_translation("Level loss"),
    "level_loss": for_translation("Level loss"),
    "verification_auc": for_translation("Same person recognised (AUC)"),
    "verification_auc_same_scanner": for_translation("The same, strangers of one scanner"),
    "proxy_auc": for_translation("Two series told to be of one person (proxy, AUC)"),
    "proxy_auc_same_scanner": for_translation("The same, strangers of one scanner"),
    "level_accuracy": for_translation("Level named right"),
    "embedding_spread": for_translation("Spread of embeddings"),
    "mean_class_accuracy": for_translation("Mean per-class accuracy"),
    "masks": for_translation("Mask loss"),
    "overlap": for_translation("Overlap loss"),
    "centre": for_translation("Centre loss"),
    "corners": for_translation("Corner loss"),
    "levels": for_translation("Name loss"),
    "body_dice": for_translation("Overlap of bodies (Dice)"),
    "disc_dice": for_translation("Overlap of discs (Dice)"),
    "canal_dice": for_translation("Overlap of the canal (Dice)"),
    "centre_error_mm": for_translation("Centres off by"),
    "corner_error_mm": for_translation("Corners off by"),
    "correction_mm": for_translation("Correction left"),
    "bodies_found": for_translation("Vertebrae found"),
    "levels_right": for_translation("Vertebrae named right"),
    "test_mean_class_accuracy": for_translation("Test mean class accuracy"),
    "test_weighted_kappa": for_translation("Test weighted kappa"),
}
"""What the figures of a run are called."""

COUNT_NAMES = {
    "discs": for_translation("Discs"),
    "slices": for_translation("Slices"),
    "volumes": for_translation("Volumes"),
    "subjects": for_translation("Subjects"),
    "with_follow_up": for_translation("With follow up"),
    "with_two_series": for_translation("With two series of one study"),
    "positives": for_translation("Positives"),
    "negatives": for_translation("Negatives"),
}
"""What the counts of a run are called."""

_SHARES = ("accuracy", "within_one", "_found", "_right")
"""Figures with these words in their name are parts of a whole and shown in percent."""

_LENGTH = "_mm"

_HEADLINES = {
    "pretrain": (
        ("verification_auc", for_translation("AUC")),
        ("level_accuracy", for_translation("levels")),
    ),
    "finetune": (("mean_class_accuracy", for_translation("accuracy")),),
    "detector": (("corner_error_mm", for_translation("corners")),),
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
    return translate(KIND_NAMES.get(kind, kind))


def figure_name(key: str, scheme: Scheme | None = None) -> str:
    """What a figure of a run is called; ``pfirrmann.mean_class_accuracy`` names its grading."""
    head, _, tail = key.replace("/", ".").partition(".")
    if not tail:
        return _in_words(key)
    known = {} if scheme is None else {item.id: item.name for item in scheme.gradings}
    name = _in_words(tail)
    return f"{known.get(head) or _in_words(head)}: {name[:1].lower()}{name[1:]}"


def count_name(key: str) -> str:
    """What a count of a run is called, such as ``with_follow_up``."""
    return _in_words(key)


def _in_words(key: str) -> str:
    """The name of a figure or count; of one that has none, its key without underscores."""
    name = FIGURE_NAMES.get(key) or COUNT_NAMES.get(key)
    return translate(name) if name else key.replace("_", " ").capitalize()


def figure_text(key: str, value: float | None) -> str:
    """A figure with the digits that mean something; a dash where the data gave none."""
    if value is None:
        return "–"
    if any(word in key for word in _SHARES):
        return f"{100 * value:.0f} %"
    if key.endswith(_LENGTH):
        return f"{value:.2f} mm"
    return f"{value:.3f}"


def headline(card: RunCard) -> str:
    """The one figure that a run is remembered by, on test people; empty before there is one."""
    for key, short in _HEADLINES[card.kind]:
        for name, words in (
            (f"test_{key}", "{name} {value}"),
            (key, translate("{name} {value} (validation)")),
        ):
            value = card.figures.get(name)
            if value is not None:
                return words.format(name=translate(short), value=figure_text(key, value))
    return ""


def run_title(kind: str, started_at: str, run_folder: Path | None = None) -> str:
    """What a run is called in lists and headings."""
    when = local_time_text(started_at)
    fallback = "" if run_folder is None else run_folder.name
    return f"{kind_name(kind)}, {when}" if when else f"{kind_name(kind)} {fallback}".strip()


def title_of_run(run: str) -> str:
    """What a run is called, by the name of its folder: its kind and when it began.

    A name that tells neither is taken as it is.
    """
    found = _RUN_NAME.fullmatch(run)
    if found is None:
        return run
    kind, day, time, number = found.groups()
    name = translate("Imported model") if kind == IMPORTED else kind_name(kind)
    title = f"{name}, {local_time_text(f'{day}T{time}+00:00')}"
    return f"{title} ({number})" if number else title


def as_readers_say(scheme: Scheme) -> ValueWords:
    """What readers call the values in a run's messages: runs by kind and date, gradings by name.

    Args:
        scheme: Names the gradings.
    """
    names = {item.id: item.name for item in scheme.gradings}

    def shown(name: str, value: str) -> str:
        if name == "run":
            is_shipped = value == SHIPPED
            return translate(_COMES_ALONG) if is_shipped else title_of_run(value)
        if name == "grading":
            return names.get(value, value)
        if name == "gradings":
            return _QUOTED.sub(lambda found: f"“{names.get(found[1], found[1])}”", value)
        return value

    return shown
