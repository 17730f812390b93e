"""``spinegrader deidentify``: a de-identified copy of DICOM files."""

import sys
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption
from spinegrader.console import print_result, progress_bar, say, stop_on_interrupt


class BurnedIn(StrEnum):
    """The words of services.deidentifying.TextInPictures, which is imported late."""

    ASK = "ask"
    SKIP = "skip"
    KEEP = "keep"


def deidentify(
    paths: Annotated[
        list[Path], typer.Argument(help="DICOM folders, files or archives; last the new folder.")
    ],
    *,
    key: Annotated[
        Path | None, typer.Option(help="Key file, made if there is none. Default: your own key.")
    ] = None,
    burned_in: Annotated[
        BurnedIn,
        typer.Option(help="Pictures that may show a name. Without a terminal, ask means skip."),
    ] = BurnedIn.ASK,
    json: JsonOption = False,
) -> None:
    """Writes copies of MR images without anything that tells whose they are."""
    from spinegrader.services.deidentifying import Deidentification, TextInPictures
    from spinegrader.services.deidentifying import deidentify as work

    if len(paths) < 2:
        raise typer.BadParameter("Name what to de-identify, and last the folder for the copies.")
    *given, folder = paths
    choice = TextInPictures(burned_in)
    if choice is TextInPictures.ASK and not (sys.stdin.isatty() and sys.stderr.isatty()):
        choice = TextInPictures.SKIP
    with stop_on_interrupt() as stop, ExitStack() as bars:
        progress = bars.enter_context(progress_bar())

        def keep_them(count: int) -> bool:
            bars.close()  # a moving bar would write over the question
            return typer.confirm(
                f"{count} pictures may show a name, such as screen shots. Write them too?", err=True
            )

        wanted = Deidentification(given, folder, _key(key), choice, keep_them)
        report = work(wanted, progress, stop)
    lines = [report.sentence(), *(f"{item.path}: {item.reason}" for item in report.skipped)]
    print_result(report.as_json(), as_json=json, words="\n".join([*lines, *report.warnings]))


def _key(file: Path | None) -> bytes:
    from spinegrader.services.pseudonym_keys import own_key_file, read_or_make_key

    file = file or own_key_file()
    is_new = not file.exists()
    key = read_or_make_key(file)
    if is_new:
        say(f"A new key was made: {file}. Keep it secret, and apart from the images.")
    return key
