"""``spinegrader learning-curve``: a thin skin on services."""

from typing import Annotated, Any

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument, reader_name
from spinegrader.console import print_result, progress_bar, stop_on_interrupt


def learning_curve(  # noqa: PLR0913 - one for each option
    project: ProjectArgument,
    *,
    sizes: Annotated[
        str,
        typer.Option(help="Annotated studies, comma-separated; default: 1/8, 1/4, 1/2 and all."),
    ] = "",
    seeds: Annotated[int, typer.Option(min=1, help="Networks of each row and size.")] = 3,
    rows: Annotated[
        str,
        typer.Option(
            help="Comma-separated: scratch, random, level, contrastive, both, both-trained, "
            "discs-trained (all of these are the default), contrastive-trained, "
            "discs-contrastive, discs-contrastive-trained."
        ),
    ] = "",
    grading: Annotated[str, typer.Option(help="Id of the grading that is learnt.")] = "pfirrmann",
    preset: Annotated[str, typer.Option(help="laptop or paper.")] = "laptop",
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over large subsets.")] = None,
    least_steps: Annotated[
        int | None, typer.Option(min=1, help="Small subsets train on until so many steps.")
    ] = None,
    pretrain_epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes of the pre-trainings.")
    ] = None,
    device: Annotated[str | None, typer.Option(help="auto, cuda, mps or cpu.")] = None,
    resume: Annotated[
        str | None, typer.Option(help="Folder of a learning curve to go on with.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compares networks from scratch and pre-trained ones over ever more annotated studies."""
    from spinegrader.services.learning_curves import (
        CurveChoices,
        learning_curve_plan,
        resumed_plan,
    )
    from spinegrader.services.session import Session

    changed = [item for item in (sizes, rows, epochs, least_steps, pretrain_epochs) if item]
    if resume is not None and changed:
        raise typer.BadParameter(
            "A curve that is gone on with keeps its settings: give --resume alone or with --device."
        )
    choices = CurveChoices(
        grading=grading,
        sizes=tuple(_number(item) for item in _items(sizes)),
        seeds=seeds,
        rows=_items(rows),
        preset=preset,
        epochs=epochs,
        least_steps=least_steps,
        pretrain_epochs=pretrain_epochs,
        device=device,
    )
    session = Session.open(project, reader_name())
    try:
        with progress_bar() as progress, stop_on_interrupt() as stop:
            if resume is None:
                plan = learning_curve_plan(session, choices)
            else:
                plan = resumed_plan(session, resume, device)
            result = plan.run(progress, stop)
    finally:
        session.close()
    print_result(result, as_json=json, words=_in_words(result))


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _number(text: str) -> int:
    if not text.isdecimal():
        raise typer.BadParameter(f"“{text}” is no number of studies.")
    return int(text)


def _in_words(result: dict[str, Any]) -> str:
    stopped = ["Stopped; “--resume” goes on with it."] if result["stopped"] else []
    return "\n".join([*result["sentences"], *stopped, f"In {result['folder']}.", result["note"]])
