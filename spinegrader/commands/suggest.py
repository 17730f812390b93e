"""``spinegrader suggest``: a thin skin on services."""

from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, ModelOption, ProjectArgument, reader_name
from spinegrader.console import print_result, progress_bar, stop_on_interrupt


def suggest(
    project: ProjectArgument,
    *,
    model: ModelOption = "default",
    number: Annotated[int, typer.Option(min=1, help="How many studies.")] = 20,
    json: JsonOption = False,
) -> None:
    """Lists the ungraded studies from which a network would learn most."""
    from spinegrader.services.session import Session
    from spinegrader.services.suggested_reading import suggestion_plan

    session = Session.open(project, reader_name())
    try:
        with progress_bar() as progress, stop_on_interrupt("nothing is changed") as stop:
            found = suggestion_plan(session, model).run(number, progress, stop)
    finally:
        session.close()
    print_result(found.as_json(), as_json=json, words=found.in_words())
