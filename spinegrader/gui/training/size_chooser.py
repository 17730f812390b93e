"""The size of a network: a preset, or settings of one's own from a file."""

from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from spinegrader.gui.training.forms import chooser
from spinegrader.gui.training.notices import secondary_label
from spinegrader.model.config import FinetuneConfig, PretrainConfig
from spinegrader.texts import for_translation, translate

ConfigT = TypeVar("ConfigT", PretrainConfig, FinetuneConfig)

_OWN = for_translation("As in the settings file")
_OWN_ABOUT = for_translation("Network, volumes and augmentation as the loaded file says.")


class SizeChooser(QWidget, Generic[ConfigT]):
    """Chooses what the other fields of a form change some values of.

    Args:
        presets: By name in English.
        about: By name, a sentence that stands below; none where there is nothing to say.
        shown: Names of the settings that have fields of their own in the form.
    """

    changed = Signal()

    def __init__(
        self,
        presets: Mapping[str, ConfigT],
        about: Mapping[str, str],
        shown: Collection[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._presets: dict[str, ConfigT] = dict(presets)
        self._about = dict(about)
        self._shown = frozenset(shown)
        self._own: ConfigT | None = None
        self.box = chooser(translate("Size of the network"))
        self.box.setToolTip(translate("How large the network and its volumes are"))
        for name in self._presets:
            self.box.addItem(translate(name), name)
        self._note = secondary_label()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.box)
        layout.addWidget(self._note)
        self.setFocusProxy(self.box)
        self.box.currentIndexChanged.connect(self._on_choice)
        self._say()

    @property
    def base(self) -> ConfigT:
        """The settings that were chosen, before the form's fields change some."""
        preset = self._presets.get(self.box.currentData())
        if preset is not None:
            return preset
        assert self._own is not None  # noqa: S101 - the entry is there only with it
        return self._own

    def choose(self, name: str) -> None:
        """Chooses a preset by its name in English."""
        self.box.setCurrentIndex(self.box.findData(name))

    def take(self, config: ConfigT) -> None:
        """Chooses the preset that settings were made from, or them as one's own."""
        alike = (name for name, its in self._presets.items() if self._is_like(config, its))
        name = next(alike, _OWN)
        if name == _OWN:
            self._own = config
            if self.box.findData(_OWN) < 0:
                self.box.addItem(translate(_OWN), _OWN)
        was = self.box.currentData()
        self.choose(name)
        if was == name:
            self._on_choice()

    def _is_like(self, config: ConfigT, preset: ConfigT) -> bool:
        """Whether only settings differ that have fields in the form."""
        its = {name: getattr(preset, name) for name in self._shown}
        rate = {"learning_rate": preset.optimiser.learning_rate}
        its["optimiser"] = config.optimiser.model_copy(update=rate)
        return config.model_copy(update=its) == preset

    def _on_choice(self) -> None:
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        name = self.box.currentData()
        text = translate(self._about.get(name, "" if name in self._presets else _OWN_ABOUT))
        self._note.setText(text)
        self._note.setVisible(bool(text))
