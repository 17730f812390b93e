"""The command line: a thin skin on services; see docs/command-line.md for the contract."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from spinegrader import __version__
from spinegrader.commands.check import check
from spinegrader.commands.deidentify import deidentify
from spinegrader.commands.detect import detect
from spinegrader.commands.import_masks import import_masks
from spinegrader.commands.importing import import_images
from spinegrader.commands.learning_curve import learning_curve
from spinegrader.commands.measures import export_measures
from spinegrader.commands.model import MODEL, model_commands
from spinegrader.commands.options import (
    JsonOption,
    ModelOption,
    ProjectArgument,
    SeedOption,
    reader_name,
)
from spinegrader.commands.patients import relatives, same_person
from spinegrader.commands.report import report, report_evaluation
from spinegrader.commands.retrain_detector import retrain_detector
from spinegrader.commands.second_look import second_look
from spinegrader.commands.share import share
from spinegrader.commands.simulate import simulate
from spinegrader.commands.suggest import suggest
from spinegrader.console import (
    print_result,
    progress_bar,
    run_guarded,
    say,
    stop_on_interrupt,
    with_default_command,
)
from spinegrader.errors import InputError, TrainingError
from spinegrader.model.processes import launch, leave_at_once

app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    help="Read, grade and learn from sagittal lumbar MR. Without a command: open the window.",
)

SubjectsOption = Annotated[int, typer.Option(min=1, max=5000, help="Simulated people.")]
FollowUpsOption = Annotated[int, typer.Option(min=0, help="How many of them come twice.")]
DeviceOption = Annotated[str | None, typer.Option(help="auto, cuda, mps or cpu.")]
EpochsOption = Annotated[int | None, typer.Option(min=1, help="Passes over the data.")]
LargestPartOption = Annotated[
    int | None, typer.Option(min=0, help="Samples worked off at once; 0: as memory holds.")
]
ConfigOption = Annotated[Path | None, typer.Option(help="Settings as JSON.")]
PresetOption = Annotated[str | None, typer.Option(help="laptop or paper.")]


app.command("import")(import_images)
app.command("same-person")(same_person)
app.command()(relatives)
app.command()(detect)
app.command("import-masks")(import_masks)
app.command("export-measures")(export_measures)
app.command()(deidentify)
app.command()(check)
app.command()(share)
app.command()(simulate)
app.command("retrain-detector")(retrain_detector)
app.command("learning-curve")(learning_curve)
app.command("second-look")(second_look)
app.command()(suggest)
app.add_typer(model_commands, name=MODEL)
app.command()(report)
app.command("report-evaluation")(report_evaluation)


class OpenWindow(Protocol):
    """Opens the window."""

    def __call__(
        self, project: Path | None, screenshot: Path | None, *, report_startup: bool
    ) -> int:
        """Returns the exit code once the window is closed."""
        ...


def run(arguments: Sequence[str], open_window: OpenWindow) -> None:
    """Runs one command and leaves with its exit code.

    Args:
        arguments: Words behind the program's name.
        open_window: What the commands call that end in the window.
    """
    commands = [
        item.name or item.callback.__name__ for item in app.registered_commands if item.callback
    ]
    commands.append(MODEL)
    given = with_default_command(arguments, commands, "open")
    code = run_guarded(lambda: app(args=given, obj=open_window), debug="--debug" in given)
    if launch().world_size > 1:
        leave_at_once(code)
    raise SystemExit(code)


def _print_version(asked: bool) -> None:
    if asked:
        print_result(__version__, as_json=False, words=f"SpineGrader {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    context: typer.Context,
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    del debug, version
    if launch().world_size > 1 and context.invoked_subcommand not in ("pretrain", "finetune"):
        raise InputError("Only pretrain and finetune run in several processes: leave out torchrun.")
    from spinegrader.services.logs import start_logging

    if launch().is_first:
        start_logging()


@app.command("open", hidden=True)
def open_project(
    context: typer.Context,
    project: Annotated[Path | None, typer.Argument(help="Project folder.")] = None,
    *,
    screenshot: Annotated[
        Path | None, typer.Option(help="Save the first view as a picture and quit.")
    ] = None,
    report_startup: Annotated[
        bool, typer.Option(help="Print milliseconds from start to first paint and quit.")
    ] = False,
) -> None:
    """Opens the window."""
    opener: OpenWindow = context.obj
    raise typer.Exit(opener(project, screenshot, report_startup=report_startup))


@app.command()
def demo(
    context: typer.Context,
    project: Annotated[Path, typer.Argument(help="Project folder.")] = Path("demo-project"),
    *,
    subjects: SubjectsOption = 12,
    follow_ups: FollowUpsOption = 8,
    seed: SeedOption = 1,
    no_open: Annotated[bool, typer.Option("--no-open", help="Make it only.")] = False,
    json: JsonOption = False,
) -> None:
    """Makes a project of simulated people, partly read, and opens it."""
    from spinegrader.services.demo import make_demo
    from spinegrader.services.session import Session

    made = project.is_dir() and (project / "spinegrader.json").exists()
    if not made:
        say(f"Making a demo project of {subjects} simulated people in {project}; about a minute.")
        session = Session.open_or_create(project, reader_name())
        try:
            with progress_bar() as progress, stop_on_interrupt() as stop:
                report = make_demo(
                    session, subjects, min(follow_ups, subjects), seed, progress, stop
                )
            document = report.as_json(project)
        finally:
            session.close()
        if json or no_open:
            print_result(document, as_json=json, words=report.sentence())
    elif no_open:
        raise InputError(f"{project} is a project already: choose another folder for a new demo.")
    if not no_open:
        opener: OpenWindow = context.obj
        raise typer.Exit(opener(project, None, report_startup=False))


@app.command()
def info(project: ProjectArgument, *, json: JsonOption = False) -> None:
    """Says what a project holds."""
    from spinegrader.services.overview import describe, in_words
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        document = describe(session)
    finally:
        session.close()
    print_result(document, as_json=json, words=in_words(document))


@app.command()
def pretrain(
    project: ProjectArgument,
    *,
    config: ConfigOption = None,
    preset: PresetOption = None,
    epochs: EpochsOption = None,
    device: DeviceOption = None,
    largest_part: LargestPartOption = None,
    resume: Annotated[str | None, typer.Option(help="Name of a run to go on with.")] = None,
    json: JsonOption = False,
) -> None:
    """Trains the Siamese network on follow-up scans."""
    from spinegrader.services.headless import Choices
    from spinegrader.services.headless import pretrain as work
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        with progress_bar() as progress, stop_on_interrupt() as stop:
            chosen = Choices(config, preset, epochs, device, largest_part)
            result = work(session, chosen, resume, progress, stop)
    finally:
        session.close(renew=launch().is_first)
    _report_run(result, json)


@app.command()
def finetune(  # noqa: PLR0913 - one for each option
    project: ProjectArgument,
    *,
    start_from: Annotated[
        str, typer.Option("--from", help="Pre-training run, latest, or scratch.")
    ] = "latest",
    gradings: Annotated[str, typer.Option(help="Comma-separated; default: those asked.")] = "",
    freeze: Annotated[str, typer.Option(help="none, conv or all-but-heads.")] = "none",
    config: ConfigOption = None,
    preset: PresetOption = None,
    epochs: EpochsOption = None,
    device: DeviceOption = None,
    largest_part: LargestPartOption = None,
    json: JsonOption = False,
) -> None:
    """Trains a grading network on the discs that were graded."""
    from spinegrader.services.headless import Choices
    from spinegrader.services.headless import finetune as work
    from spinegrader.services.session import Session

    named = tuple(item.strip() for item in gradings.split(",") if item.strip())
    session = Session.open(project, reader_name())
    try:
        with progress_bar() as progress, stop_on_interrupt() as stop:
            chosen = Choices(config, preset, epochs, device, largest_part)
            result = work(session, chosen, start_from, named, freeze, progress, stop)
    finally:
        session.close(renew=launch().is_first)
    _report_run(result, json)


@app.command()
def predict(
    project: ProjectArgument,
    *,
    model: ModelOption = "default",
    json: JsonOption = False,
) -> None:
    """Lets a model grade every disc; kept as predictions beside the readers' grades."""
    from spinegrader.services.headless import predict as work
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        with progress_bar() as progress, stop_on_interrupt() as stop:
            result = work(session, model, progress, stop)
    finally:
        session.close()
    print_result(result, as_json=json, words=_predictions_in_words(result))


@app.command()
def evaluate(
    project: ProjectArgument,
    *,
    model: ModelOption = "default",
    reader: Annotated[str | None, typer.Option(help="Compare with this reader only.")] = None,
    json: JsonOption = False,
) -> None:
    """Compares a model with the readers on people that it never learned from."""
    from spinegrader.services.headless import evaluate as work
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        with progress_bar() as progress, stop_on_interrupt() as stop:
            result = work(session, model, reader, progress, stop)
    finally:
        session.close()
    print_result(result, as_json=json, words=_agreement_in_words(result))


@app.command()
def export(
    project: ProjectArgument,
    out: Annotated[Path, typer.Argument(help="File to write.")],
    *,
    format: Annotated[str, typer.Option(help="csv")] = "csv",  # noqa: A002 - the option's name
    json: JsonOption = False,
) -> None:
    """Writes grades and predictions as a tidy table."""
    from spinegrader.services.exporting import export_renewed
    from spinegrader.services.session import Session

    if format != "csv":
        raise typer.BadParameter(f"“{format}” is not offered: choose csv.")
    session = Session.open(project, reader_name())
    try:
        exported = export_renewed(session, out)
    finally:
        session.close()
    words = f"{exported.rows} rows in {out}. {exported.note}".rstrip()
    result = {"rows": exported.rows, "file": str(out), "note": exported.note}
    print_result(result, as_json=json, words=words)


@app.command()
def doctor(*, json: JsonOption = False) -> None:
    """Says what this machine offers: accelerator, decoders, versions, disk."""
    from spinegrader.services.doctor import examine

    found = examine()
    words = "\n".join(f"{key.replace('_', ' ')}: {value}" for key, value in found.items())
    print_result(found, as_json=json, words=words)


def _report_run(result: dict[str, Any], as_json: bool) -> None:
    """Of several processes the first one speaks for all."""
    if launch().is_first:
        print_result(result, as_json=as_json, words=_run_in_words(result))


def _run_in_words(result: dict[str, Any]) -> str:
    if not result["epochs"]:
        raise TrainingError("The run was stopped before its first epoch: nothing was learnt.")
    figures = [
        f"{key.replace('_', ' ')} {value:.3f}"
        for key, value in result.items()
        if isinstance(value, float) and key != "seconds"
    ]
    head = f"{result['run']}: {result['epochs']} epochs in {result['seconds']:.0f} s"
    return "; ".join([head, *figures]) + "."


def _figure(value: float | None) -> str:
    """Two digits; some data can't give a figure."""
    return "not defined" if value is None else f"{value:.2f}"


def _predictions_in_words(result: dict[str, Any]) -> str:
    count = f"{result['predictions']} predictions for {len(result['studies'])} studies"
    head = f"{result['model']}: {count}."
    return "\n".join([head, *result["findings"], *result["about"], result["note"]])


def _agreement_in_words(result: dict[str, Any]) -> str:
    lines = [
        *result["about"],
        result["note"],
        "In brackets: 95 % intervals, by bootstrap over people.",
    ]
    names = {
        "mean_class_accuracy": "mean per-class accuracy",
        "weighted_kappa": "kappa",
        "within_one": "within one grade",
    }
    for grading, figures in result["per_grading"].items():
        words = [
            f"{name} {_figure(figures[key])}{_interval(figures[f'{key}_interval'])}"
            for key, name in names.items()
            if figures[key] is not None or key != "within_one"
        ]
        lines.append(f"{grading}: {figures['n']} discs, {', '.join(words)}")
    return "\n".join(lines)


def _interval(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f" ({ends[0]:.2f} to {ends[1]:.2f})"
