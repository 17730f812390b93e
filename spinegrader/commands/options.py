"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ProjectArgument = Annotated[Path, typer.Argument(help="Project folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
ModelOption = Annotated[
    str,
    typer.Option(
        help="Run that grades, latest, or shipped. Default: the one that the project has chosen, "
        "else its newest; where there is none, the model that comes with the program."
    ),
]
SeedOption = Annotated[int, typer.Option(min=0, help="Same seed, same images.")]


def reader_name() -> str:
    """Under whose name the command works."""
    from spinegrader.services.settings import load_settings

    return load_settings().reader_name
