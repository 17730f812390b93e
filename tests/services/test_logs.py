import logging
import os
import subprocess
import sys

from spinegrader.errors import InputError
from spinegrader.services.logs import PlacesOnly

_CRASH = """
import ctypes
from spinegrader.services.logs import note_crashes
note_crashes()
def brought_down():
    ctypes.string_at(0)
brought_down()
"""


def raise_it(error):
    raise error


def line_of(error):
    try:
        raise_it(error)
    except (ValueError, InputError):
        record = logging.LogRecord("spinegrader", 40, __file__, 1, "failed", None, sys.exc_info())
        return PlacesOnly("%(message)s").format(record)


def test_what_a_library_says_of_an_error_stays_out_of_the_log():
    text = line_of(ValueError("can't read 'Arndt^Anna 1961-02-03'"))
    assert "Arndt" not in text
    assert "1961" not in text
    assert "ValueError" in text
    assert "test_logs.py" in text
    assert "line_of" in text


def test_sentences_of_our_own_and_causes_are_kept():
    error = InputError("The file holds no pixels.")
    error.__cause__ = KeyError("Arndt")
    text = line_of(error)
    assert "InputError: The file holds no pixels." in text
    assert "caused by KeyError" in text
    assert "Arndt" not in text


def test_where_the_program_was_brought_down_is_kept(tmp_path):
    env = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", _CRASH], env=env, capture_output=True, check=False)
    assert done.returncode < 0
    (file,) = tmp_path.rglob("crash.log")
    assert "brought_down" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0
