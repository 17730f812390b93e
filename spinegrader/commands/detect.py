"""``spinegrader detect``: vertebrae, discs and their names on sagittal series."""

from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument, reader_name
from spinegrader.console import print_result, progress_bar, stop_on_interrupt


def detect(
    project: ProjectArgument,
    *,
    series: Annotated[
        str | None, typer.Option(help="UID of one sagittal series; see info. [default: all]")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Find its own proposals anew, too.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Finds the vertebrae of sagittal series and proposes them."""
    from spinegrader.services.adopting import detect as work
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        with progress_bar() as progress, stop_on_interrupt("what was found is kept") as stop:
            found, adopted = work(session, series, progress, stop, again=again)
    finally:
        session.close()
    warnings = [f"{item.series_uid}: {words}" for item in found for words in item.warnings]
    words = "\n".join([adopted.sentence(), *warnings])
    print_result({"series": [item.as_json() for item in found]}, as_json=json, words=words)
