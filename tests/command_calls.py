"""A command of the command line, called within the tests' process."""

from collections.abc import Callable

import pytest
import typer

from spinegrader.console import run_guarded

Call = Callable[..., tuple[int, str, str]]


def caller(function: Callable[..., object], capsys: pytest.CaptureFixture[str]) -> Call:
    """What calls a command with its arguments and gives the exit code, stdout and stderr."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(function)

    def call(*arguments: object) -> tuple[int, str, str]:
        code = run_guarded(lambda: app(args=[str(item) for item in arguments]), debug=False)
        out, err = capsys.readouterr()
        return code, out, err

    return call
