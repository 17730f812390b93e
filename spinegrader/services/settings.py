"""Settings of the person at this computer; those of a project live in the project."""

import getpass
import json
import logging
from enum import StrEnum
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ConfigDict, ValidationError

from spinegrader.durable import private_folder, write_durably

_log = logging.getLogger(__name__)
_RECENT = 8


class Theme(StrEnum):
    """Colours of the window."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


class Settings(BaseModel):
    """What is remembered from one start to the next."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reader: str = ""
    theme: Theme = Theme.SYSTEM
    recent_projects: tuple[str, ...] = ()
    window_geometry: str = ""
    identity_hidden: bool = False
    hanging: str = ""
    """Id of the layout that images hang in; the usual one where empty."""
    centres_focus: bool = True
    """Whether the disc in focus comes to the middle of its image."""

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
        return Settings.model_validate_json(settings_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        _log.warning("The settings could not be read: %s", type(error).__name__)
        return Settings()


def save_settings(settings: Settings) -> None:
    """Keeps the settings; a full or read-only disk costs only them."""
    path = settings_file()
    text = json.dumps(settings.model_dump(mode="json"), indent=1)
    try:
        private_folder(path.parent)
        write_durably(path, text.encode())
    except OSError as error:
        _log.warning("The settings could not be kept: %s", error.strerror)
