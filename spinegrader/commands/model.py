"""``spinegrader model export`` and ``import``: a thin skin on services."""

from pathlib import Path
from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument, reader_name
from spinegrader.console import print_result

MODEL = "model"

model_commands = typer.Typer(
    no_args_is_help=True, help="Carries trained models from project to project."
)


@model_commands.command("export")
def export_model(
    project: ProjectArgument,
    run: Annotated[str, typer.Argument(help="Name of the run.")],
    out: Annotated[Path, typer.Argument(help="File to write: NAME.spinegrader-model.")],
    *,
    json: JsonOption = False,
) -> None:
    """Writes a model as one file that names nobody."""
    from spinegrader.services.headless_models import export_run
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        result = export_run(session, run, out)
    finally:
        session.close()
    print_result(result, as_json=json, words=f"{result['run']} is in {result['file']}.")


@model_commands.command("import")
def import_model(
    project: ProjectArgument,
    file: Annotated[Path, typer.Argument(help="NAME.spinegrader-model.")],
    *,
    use: Annotated[
        bool, typer.Option("--use", help="Predictions of this project take it from now on.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Brings in a model that another project has exported."""
    from spinegrader.services.headless_models import import_file
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        result = import_file(session, file, use=use)
    finally:
        session.close()
    fate = " It is used in this project now." if result["in_use"] else ""
    words = f"The model is here as {result['run']}, trained elsewhere.{fate}"
    print_result(result, as_json=json, words=words)
