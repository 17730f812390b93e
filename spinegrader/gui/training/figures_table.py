"""What a run reached on people whom it never saw, and what it was made of, as two-column lists."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFormLayout, QLabel, QWidget

from spinegrader.domain.scheme import Scheme
from spinegrader.gui.theme import tabular_font
from spinegrader.gui.training.wording import count_name, figure_name, figure_text, local_time_text
from spinegrader.model.runs import RunCard
from spinegrader.services.run_words import device_text
from spinegrader.services.wording import duration_text
from spinegrader.texts import for_translation, translate

Pair = tuple[str, str]
_LONG = 60
"""Longer texts may break into lines."""

_PARTS = (for_translation("train"), for_translation("validation"), for_translation("test"))
_NETWORKS = {"vgg_m_3d": "VGG-M 3D", "resnet_34_3d": "ResNet-34 3D"}
_PROGRAMS = {"spinegrader": "SpineGrader", "python": "Python", "torch": "PyTorch"}
_TRAINED = {
    "conv": for_translation("all but the convolutions"),
    "none": for_translation("all"),
    "all-but-heads": for_translation("the last one"),
}
_TEST = "test_"
"""Before the names of figures on people who were kept aside to the end."""


class PairList(QWidget):
    """Names and what they are, one below the other; selectable, so that it can be copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(4)
        self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._pairs: tuple[Pair, ...] = ()

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """What is shown."""
        return self._pairs

    def show_pairs(self, pairs: Sequence[Pair]) -> None:
        """Shows other pairs; the same ones cost nothing."""
        fresh = tuple(pairs)
        if fresh == self._pairs:
            return
        self._pairs = fresh
        while self._form.rowCount():
            self._form.removeRow(0)
        for name, text in fresh:
            label = QLabel(name)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            value = QLabel(text)
            value.setFont(tabular_font())
            # Cards come from elsewhere too: their words are words, and no markup.
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setWordWrap(len(text) > _LONG)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(f"{name}: {text}")
            self._form.addRow(label, value)


def figure_pairs(card: RunCard) -> list[Pair]:
    """The figures of the weights that were kept: people kept aside to the end, then validation."""
    pairs = []
    for key, value in card.figures.items():
        if "." in key or key.startswith(_TEST):
            continue
        texts = [
            f"{figure_text(key, figure)} ({translate(part)})"
            for part, figure in (("test", card.figures.get(_TEST + key)), ("validation", value))
            if figure is not None
        ]
        pairs.append((figure_name(key), ", ".join(texts) or "–"))
    return pairs


def origin_pairs(card: RunCard, scheme: Scheme) -> list[Pair]:
    """What a run learned from and how."""
    known = {item.id: item.name for item in scheme.gradings}
    pairs = [*_elsewhere_pairs(card), *_count_pairs(card, known)]
    if card.gradings:
        pairs.append(
            (translate("Gradings"), ", ".join(known.get(item, item) for item in card.gradings))
        )
    if card.kind in ("finetune", "detector"):
        pairs.append(
            (
                translate("Started from"),
                card.start_from.name if card.start_from else translate("scratch"),
            )
        )
    shape = card.settings.get("volume_shape")
    if isinstance(shape, (list, tuple)):
        pairs.append((translate("Size of a volume"), " × ".join(str(size) for size in shape)))
    pairs += _setting_pairs(card)
    pairs += [
        (
            translate("Epochs"),
            translate("{done} of {total}, best: {best}").format(
                done=card.epochs_done, total=card.epochs, best=card.best_epoch or "–"
            ),
        ),
        (translate("Time"), duration_text(card.elapsed_s)),
        (translate("Computed on"), device_text(card.device) or "–"),
        (translate("Started"), local_time_text(card.started_at)),
        (translate("Weights"), card.weights_sha256[:8] or "–"),
        (translate("Data and split"), card.fingerprint[:8] or "–"),
        (translate("Programs"), _versions_text(card) or "–"),
        (translate("Note"), translate(card.note)),
    ]
    return pairs


def _elsewhere_pairs(card: RunCard) -> list[Pair]:
    """Where an imported model was made, and what can't be told of it."""
    if card.imported is None:
        return []
    came = translate("as “{name}”; came in on {day}").format(
        name=card.imported.name, day=local_time_text(card.imported.imported_at)
    )
    told = [(translate("Trained on"), card.trained_on)] if card.trained_on else []
    return [
        (translate("Trained elsewhere"), came),
        *told,
        (
            translate("People"),
            translate("Whether it has seen people of this project can't be told."),
        ),
    ]


def _setting_pairs(card: RunCard) -> list[Pair]:
    """The settings that matter, as far as the run has them."""
    settings = card.settings
    backbone, optimiser = settings.get("backbone"), settings.get("optimiser")
    pairs: list[Pair] = []
    if isinstance(backbone, dict) and "width" in backbone:
        name = _NETWORKS.get(str(backbone.get("kind")), str(backbone.get("kind")))
        width = translate("{name}, width {width}")
        pairs.append((translate("Network"), width.format(name=name, width=backbone["width"])))
    if card.start_from is not None and settings.get("freeze") in _TRAINED:
        pairs.append((translate("Trained layers"), translate(_TRAINED[settings["freeze"]])))
    if isinstance(optimiser, dict) and "learning_rate" in optimiser:
        pairs.append((translate("Learning rate"), f"{optimiser['learning_rate']:g}"))
    for key, name in (("batch_size", translate("Batch")), ("batch_pairs", translate("Pairs"))):
        if key in settings:
            pairs.append((name, str(settings[key])))
    if "seed" in settings:
        pairs.append((translate("Seed"), str(settings["seed"])))
    return pairs


def _versions_text(card: RunCard) -> str:
    return ", ".join(
        f"{_PROGRAMS[name]} {version}"
        for name, version in card.versions.items()
        if name in _PROGRAMS
    )


def _count_pairs(card: RunCard, known: Mapping[str, str]) -> list[Pair]:
    """Counts, those of the three parts side by side; gradings only where some grades lack."""
    by_thing: dict[str, list[tuple[str, int]]] = {}
    if card.subjects and not any(name.endswith("subjects") for name in card.counts):
        by_thing["subjects"] = [(part, len(names)) for part, names in card.subjects.items()]
    for name, count in card.counts.items():
        part, _, thing = name.partition("_")
        if part not in _PARTS or not thing:
            part, thing = "", name
        by_thing.setdefault(thing, []).append((part, count))
    discs = by_thing.get("discs")
    return [
        (
            known.get(thing) or count_name(thing),
            ", ".join(f"{count} {translate(part)}".strip() for part, count in counts),
        )
        for thing, counts in by_thing.items()
        if thing not in card.gradings or counts != discs
    ]
