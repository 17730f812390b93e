"""``spinegrader second-look``: a thin skin on services."""

from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument, reader_name
from spinegrader.console import print_result, progress_bar, stop_on_interrupt


def second_look(
    project: ProjectArgument,
    *,
    model: Annotated[str, typer.Option(help="Pre-training run; default: the newest.")] = "latest",
    flag: Annotated[
        bool, typer.Option("--flag", help="Flag the studies in which something was found.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Lists studies that may be misfiled and levels that a pre-trained network doubts."""
    from spinegrader.services.second_look import flag_findings, second_look_plan
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        with progress_bar() as progress, stop_on_interrupt("nothing is changed") as stop:
            look = second_look_plan(session, model).run(progress, stop)
        flagged = flag_findings(session, look) if flag else 0
    finally:
        session.close()
    words = look.in_words() + (f"\nFlagged: {flagged}." if flag else "")
    print_result(look.as_json() | {"flagged": flagged}, as_json=json, words=words)
