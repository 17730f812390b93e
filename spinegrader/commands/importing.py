"""``spinegrader import``."""

from pathlib import Path
from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument, reader_name
from spinegrader.console import print_result, progress_bar, stop_on_interrupt
from spinegrader.errors import SpineGraderError
from spinegrader.services.import_report import ImportReport

_MOST_FILES_SAID = 20
"""A reason, in words; the JSON report names them all."""


def import_images(
    project: ProjectArgument,
    paths: Annotated[
        list[Path],
        typer.Argument(help="Folders, files, zip archives, DICOMDIR; DICOM, NIfTI, MHA, NRRD."),
    ],
    *,
    link: Annotated[
        bool, typer.Option("--link", help="Leave the pixels in these files and note where.")
    ] = False,
    deidentify: Annotated[
        bool, typer.Option("--deidentify", help="Keep no identity, now and from now on.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Imports images; makes the project if there is none."""
    from dataclasses import replace

    from spinegrader.services.deidentifying import ask_for_deidentification
    from spinegrader.services.importing import import_paths, options_of
    from spinegrader.services.session import Session
    from spinegrader.services.suggestions import suggestions

    session = Session.open_or_create(project, reader_name())
    try:
        if deidentify:
            ask_for_deidentification(session, True)
        options = options_of(session)
        with progress_bar() as progress, stop_on_interrupt() as stop:
            chosen = replace(options, link=options.link or link)
            report = import_paths(session, paths, progress, stop, chosen)
            found = suggestions(session, [item.uid for item in report.series])
        document = report.as_json(project)
    except SpineGraderError:
        session.discard_if_new()
        raise
    finally:
        session.close()
    document["suggestions"] = [
        {
            "kind": item.title,
            "patients": [item.first, item.second],
            "studies": [[same.first, same.second] for same in item.studies],
            "evidence": list(item.evidence),
        }
        for item in found
    ]
    offers = [f"{item.title}? {' '.join(item.evidence)}" for item in found]
    print_result(document, as_json=json, words=_in_words(report, offers))


def _in_words(report: ImportReport, offers: list[str]) -> str:
    lines = [report.sentence()]
    for reason, files in report.by_reason().items():
        lines += [f"{file}: {reason}" for file in files[:_MOST_FILES_SAID]]
        if len(files) > _MOST_FILES_SAID:
            lines.append(f"… and {len(files) - _MOST_FILES_SAID} more files: {reason}")
    lines += report.warnings
    if offers:
        lines += [*offers, "To merge or keep apart: spinegrader same-person PROJECT"]
    return "\n".join(lines)
