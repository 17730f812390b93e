"""What all settings share: frozen, checked, and written beside the results."""

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from spinegrader.errors import TrainingError


class Settings(BaseModel):
    """Base of all settings: frozen, unknown names refused, JSON there and back."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def to_json(self) -> str:
        """The settings as JSON text."""
        return self.model_dump_json(indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Reads settings from JSON text.

        Raises:
            TrainingError: If a setting is unknown or wrong; the sentence names it.
        """
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise TrainingError(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"There is no training setting “{name}”: check how it is spelt."
    if not name:
        return f"The training settings can't be read: {first['msg']}."
    return f"The training setting “{name}” is wrong: {first['msg']}."
