"""For all tests: no screen needed, nothing of the person's own settings touched."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from spinegrader.texts import use_languages

if sys.platform.startswith("linux") and not (
    os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_HOME = tempfile.TemporaryDirectory(prefix="spinegrader-tests-")
for _name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA"):
    os.environ[_name] = _HOME.name


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images; tests that need it are skipped where it is absent."""
    beside = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("SPINEGRADER_DATA", beside))
    if not folder.is_dir():
        pytest.skip("no real images here: SPINEGRADER_DATA names no folder")
    return folder


@pytest.fixture
def english_afterwards(tmp_path: Path):
    """Lets a test choose a language; the next one sees English again."""
    yield
    use_languages(["en"], tmp_path)
