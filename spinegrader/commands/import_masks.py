"""``spinegrader import-masks``: vertebrae from the label map of another tool."""

from pathlib import Path
from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument, reader_name
from spinegrader.console import print_result
from spinegrader.imaging.mask_conventions import Convention


def import_masks(
    project: ProjectArgument,
    series_uid: Annotated[str, typer.Argument(help="The sagittal series; see info.")],
    mask: Annotated[Path, typer.Argument(help="NIfTI, MHA, MHD or NRRD with labels.")],
    *,
    convention: Annotated[
        Convention | None, typer.Option(help="Who made it. Default: told by its labels.")
    ] = None,
    replace_confirmed: Annotated[
        bool, typer.Option("--replace-confirmed", help="Even if a reader has confirmed others.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Puts the vertebrae of a label map on a series, as proposed."""
    from spinegrader.services.masks import import_mask
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        report = import_mask(
            session, series_uid, mask, convention, replace_confirmed=replace_confirmed
        )
    finally:
        session.close()
    words = "\n".join([report.sentence(), *report.warnings])
    print_result({"series": [report.as_json()]}, as_json=json, words=words)
