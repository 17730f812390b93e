"""Files that come with the program: the grading scheme, icons."""

import json
from pathlib import Path

from spinegrader.domain.scheme import Scheme

_PACKAGE = Path(__file__).resolve().parents[1]


def resources_folder() -> Path:
    """Beside the package in a checkout, inside it once installed from a wheel."""
    installed = _PACKAGE / "resources"
    return installed if installed.is_dir() else _PACKAGE.parent / "resources"


def load_scheme(path: Path | None = None) -> Scheme:
    """Reads a grading scheme; without a path the one that comes with the program.

    Raises:
        InputError: If it is incomplete.
    """
    source = path or resources_folder() / "scheme.json"
    return Scheme.from_mapping(json.loads(source.read_text(encoding="utf-8")))
