"""``spinegrader retrain-detector``: a thin skin on services."""

from typing import Annotated, Any

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument, reader_name
from spinegrader.console import print_result, progress_bar, stop_on_interrupt
from spinegrader.errors import TrainingError


def retrain_detector(
    project: ProjectArgument,
    *,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the data.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cuda, mps or cpu.")] = None,
    adopt_if_better: Annotated[
        bool, typer.Option("--adopt-if-better", help="Use it in this project if it is better.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Trains the detector on confirmed vertebrae and compares it with the one in use."""
    from spinegrader.services.retraining import retrain_detector as work
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        with progress_bar() as progress, stop_on_interrupt() as stop:
            result = work(session, epochs, device, progress, stop, adopt_if_better=adopt_if_better)
    finally:
        session.close()
    print_result(result, as_json=json, words=_in_words(result))


def _in_words(result: dict[str, Any]) -> str:
    if not result["epochs"]:
        raise TrainingError("The run was stopped before its first epoch: nothing was learnt.")
    fate = "It is used in this project now." if result["adopted"] else "It is not in use."
    judged = result["sentence"] or "It was stopped before it could be compared."
    head = f"{result['run']}: {result['epochs']} epochs in {result['seconds']:.0f} s."
    return f"{head}\n{judged}\n{fate}"
