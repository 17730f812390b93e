"""``spinegrader simulate``: images of simulated people, or the volumes that training takes."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, SeedOption
from spinegrader.console import print_result, progress_bar, stop_on_interrupt
from spinegrader.errors import InputError

_SUBJECTS, _FOLLOW_UPS = 12, 8


class Preset(StrEnum):
    """Cohorts with a name."""

    PAPER = "paper"


class Volumes(StrEnum):
    """Whose volumes the arrays hold."""

    PAPER = "paper"
    LAPTOP = "laptop"


def simulate(  # noqa: PLR0913 - one for each option
    folder: Annotated[Path, typer.Argument(help="Where the DICOM files go.")],
    *,
    subjects: Annotated[
        int | None, typer.Option(min=1, max=9999, help="Simulated people. [default: 12]")
    ] = None,
    follow_ups: Annotated[
        int | None, typer.Option(min=0, help="How many of them come twice. [default: 8]")
    ] = None,
    seed: SeedOption = 1,
    preset: Annotated[
        Preset | None, typer.Option(help="As many people as the paper had: 1016, 423 twice.")
    ] = None,
    series: Annotated[str, typer.Option(help="Comma-separated: T2, T1, STIR.")] = "T2,T1",
    arrays: Annotated[
        bool, typer.Option("--arrays", help="Write the volumes that training takes, no images.")
    ] = False,
    volumes: Annotated[Volumes, typer.Option(help="With --arrays: for which networks.")] = (
        Volumes.PAPER
    ),
    processes: Annotated[
        int | None, typer.Option(min=1, max=64, help="Working at once. Default: by the machine.")
    ] = None,
    leak_identity: Annotated[
        bool,
        typer.Option("--leak-identity", help="Let the scanner tell who it is: to show that leak."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Writes DICOM series of simulated people, and truth.json beside them."""
    from dataclasses import asdict

    from spinegrader.services.simulated_arrays import shapes_of
    from spinegrader.simulate.cohort import simulate_cohort
    from spinegrader.simulate.plan import PAPER_FOLLOW_UPS, PAPER_SUBJECTS
    from spinegrader.simulate.scanner.config import AcquisitionConfig
    from spinegrader.simulate.workers import sensible_processes

    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty: choose a new folder.")
    usual = (PAPER_SUBJECTS, PAPER_FOLLOW_UPS) if preset else (_SUBJECTS, _FOLLOW_UPS)
    people = usual[0] if subjects is None else subjects
    twice = min(usual[1] if follow_ups is None else follow_ups, people)
    weightings = tuple(item.strip().upper() for item in series.split(",") if item.strip())
    with progress_bar() as progress, stop_on_interrupt("nothing of it is kept") as stop:
        summary = simulate_cohort(
            folder,
            people,
            twice,
            seed,
            progress=lambda done, total: progress.step("Simulating", done, total),
            stop_requested=stop,
            config=AcquisitionConfig(sequences=weightings, scanner_follows_person=leak_identity),
            processes=processes or sensible_processes(people + twice),
            masks=not arrays,
            arrays=shapes_of(volumes) if arrays else None,
        )
    made = f"{summary.vertebrae} vertebrae and {summary.discs} discs of " if arrays else ""
    words = f"{made}{summary.studies} studies of {summary.subjects} simulated people in {folder}."
    print_result(asdict(summary), as_json=json, words=words)
