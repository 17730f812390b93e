"""Settings of the person at this computer; those of a project live in the project."""

import getpass
import json
import logging
from enum import StrEnum
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spinegrader.durable import private_folder, write_durably

_log = logging.getLogger(__name__)
_RECENT = 8
LEAST_OVERLAY_OPACITY = 0.2
"""Fainter overlays would be taken for missing ones."""


class Theme(StrEnum):
    """Colours of the window."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


class MouseStyle(StrEnum):
    """Which program's habits the mouse has on images."""

    PACS = "pacs"
    OHIF = "ohif"
    SLICER = "slicer"


class Settings(BaseModel):
    """What is remembered from one start to the next.

    Args:
        reader: Under whose name grades are kept; empty for the account's.
        theme: Colours of the window.
        recent_projects: Folders, the latest first.
        window_geometry: Place of the window as Qt writes it, in base64.
        identity_hidden: Whether names and numbers of patients stay out of sight.
        mouse: What the mouse does on images.
        keys: Shortcuts by the action's id, as Qt writes them in English; an action that isn't
            named has its own ones, an empty tuple takes all away.
        smooths_images: Whether enlarged pixels are blended; otherwise each is a sharp square.
        shows_corner_text: Whether the corners of images have text at the start.
        finds_vertebrae: Whether the detector looks at what is imported by itself.
        centres_focus: Whether the disc in focus is brought to the middle.
        overlay_opacity: How much of vertebrae and discs is seen, 1 for all.
        jobs: By kind of training or prediction, what was chosen the last time.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    reader: str = ""
    theme: Theme = Theme.SYSTEM
    recent_projects: tuple[str, ...] = ()
    window_geometry: str = ""
    identity_hidden: bool = False
    hanging: str = ""
    """Id of the layout that images hang in; the usual one where empty."""
    overlay_colouring: str = ""
    """Plain where empty; else “level”, “grade” (the one in focus) or the id of a grading."""
    mouse: MouseStyle = MouseStyle.PACS
    keys: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    smooths_images: bool = False
    shows_corner_text: bool = True
    finds_vertebrae: bool = True
    centres_focus: bool = True
    overlay_opacity: float = Field(default=1.0, ge=LEAST_OVERLAY_OPACITY, le=1.0)
    jobs: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @property
    def reader_name(self) -> str:
        """The reader's name; the account's where none was entered."""
        return self.reader or _account()

    def with_recent(self, project: Path) -> "Settings":
        """The settings with a project at the head of the recent ones."""
        path = str(project.resolve())
        others = [item for item in self.recent_projects if item != path]
        return self.model_copy(update={"recent_projects": (path, *others)[:_RECENT]})


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "reader"


def settings_file() -> Path:
    """Where the settings are kept."""
    return platformdirs.user_config_path("SpineGrader", appauthor=False) / "settings.json"


def load_settings() -> Settings:
    """Reads the settings; what is missing or damaged falls back to the defaults."""
    try:
        content = json.loads(settings_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        _log.warning("The settings could not be read: %s", type(error).__name__)
        return Settings()
    return _sound_settings(content)


def _sound_settings(content: object) -> Settings:
    """The settings of a file; what doesn't fit in costs only itself."""
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        unsound = {item["loc"][0] for item in error.errors() if item["loc"]}
        _log.warning("Settings passed over: %s", ", ".join(sorted(map(str, unsound))) or "all")
        if not isinstance(content, dict) or not unsound:
            return Settings()
        return Settings.model_validate({k: v for k, v in content.items() if k not in unsound})


def save_settings(settings: Settings) -> None:
    """Keeps the settings; a full or read-only disk costs only them."""
    path = settings_file()
    text = json.dumps(settings.model_dump(mode="json"), indent=1)
    try:
        private_folder(path.parent)
        write_durably(path, text.encode())
    except OSError as error:
        _log.warning("The settings could not be kept: %s", error.strerror)
