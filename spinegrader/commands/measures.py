"""The command line's part in exporting measures; a thin skin on services."""

from pathlib import Path
from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument, reader_name
from spinegrader.console import print_result

OutArgument = Annotated[Path, typer.Argument(help="File to write.")]


def export_measures(
    project: ProjectArgument, out: OutArgument, *, json: JsonOption = False
) -> None:
    """Writes heights, angles and slips of all discs as a tidy table."""
    from spinegrader.services.measures import export_measures as work
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        rows = work(session, out)
    finally:
        session.close()
    print_result({"rows": rows, "file": str(out)}, as_json=json, words=f"{rows} rows in {out}.")
