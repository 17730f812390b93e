"""For all tests: no screen needed, nothing of the person's own settings touched."""

import gc
import itertools
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

if "PYTEST_XDIST_WORKER" in os.environ:
    # Before numpy and torch: each worker has one core, where further threads only wait in circles.
    for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(_name, "1")

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


_TESTS_A_FULL_LOOK = 25
_done = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def collected_on_this_thread():
    """As in the program: objects of Qt must not be taken apart on another thread."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def collected_between_tests():
    """What a test left is collected behind it; what is older from time to time."""
    yield
    gc.collect(2 if next(_done) % _TESTS_A_FULL_LOOK == 0 else 1)
