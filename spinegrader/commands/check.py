"""``spinegrader check``."""

from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument
from spinegrader.console import print_result, progress_bar, stop_on_interrupt


def check(
    project: ProjectArgument,
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended; nothing is deleted.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Checks every structure, reference and checksum of a project, and mends."""
    from spinegrader.services.checking import check_project

    with progress_bar() as progress, stop_on_interrupt() as stop:
        report = check_project(project, progress.step, stop, repair=repair)
    print_result(report.as_json(), as_json=json, words=report.in_words())
    raise typer.Exit(1 if report.left else 0)
