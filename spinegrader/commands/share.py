"""The command line's part in sharing a project; a thin skin on services."""

from dataclasses import asdict
from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument
from spinegrader.console import print_result

GroupArgument = Annotated[str, typer.Argument(help="Group of the operating system.")]


def share(project: ProjectArgument, group: GroupArgument, *, json: JsonOption = False) -> None:
    """Lets the members of a group work in a project together."""
    from spinegrader.services.sharing import share_project

    sharing = share_project(project, group)
    print_result(asdict(sharing), as_json=json, words=sharing.sentence())
