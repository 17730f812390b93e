"""What was chosen for a job the last time, and files of settings as the command line reads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from spinegrader.durable import write_durably
from spinegrader.errors import InputError, TrainingError
from spinegrader.services.settings import Settings
from spinegrader.texts import translate

if TYPE_CHECKING:
    from spinegrader.model.settings import Settings as JobSettings

SettingsT = TypeVar("SettingsT", bound="JobSettings")


def with_choices(settings: Settings, kind: str, choices: Mapping[str, Any]) -> Settings:
    """The user's settings with what was chosen for a kind of job.

    Args:
        settings: Of the user.
        kind: Of the job.
        choices: Plain data, as JSON can hold.
    """
    return settings.model_copy(update={"jobs": {**settings.jobs, kind: dict(choices)}})


def chosen_config(
    choices: Mapping[str, Any], kind: "type[SettingsT]", name: str = "config"
) -> "SettingsT | None":
    """The settings among what was chosen the last time; None where this version can't read them.

    Args:
        choices: Of a kind of job.
        kind: Of the settings.
        name: Under which they are kept.
    """
    try:
        return kind.model_validate(choices[name], strict=False)
    except (KeyError, ValueError):
        return None


def save_config(config: "JobSettings", path: Path) -> None:
    """Writes settings to a file that ``spinegrader … --config`` reads.

    Raises:
        InputError: If the file can't be written.
    """
    try:
        write_durably(path, config.to_json().encode())
    except OSError as error:
        raise InputError(
            translate("“{name}” can't be written ({cause}): choose another folder.").format(
                name=path.name, cause=error.strerror
            )
        ) from error


def load_config(path: Path, kind: "type[SettingsT]") -> "SettingsT":
    """Reads settings from a file, checked.

    Args:
        path: The file.
        kind: Of the settings.

    Raises:
        InputError: If the file can't be read, or holds other settings; the sentence says which.
    """
    try:
        return kind.from_json(path.read_bytes())
    except OSError as error:
        raise InputError(
            translate("“{name}” can't be read ({cause}): choose another file.").format(
                name=path.name, cause=error.strerror
            )
        ) from error
    except TrainingError as error:
        raise InputError(
            translate("“{name}” holds no settings for this job. {cause}").format(
                name=path.name, cause=error.message
            )
        ) from error
