"""``spinegrader report``: a thin skin on services and the pages of reports."""

from pathlib import Path
from typing import Annotated

import typer

from spinegrader.commands.options import JsonOption, ProjectArgument, reader_name
from spinegrader.console import print_result
from spinegrader.errors import InputError

StudyArgument = Annotated[
    str, typer.Argument(help="A study's UID, or a PatientID for the latest visit.")
]


def report(
    project: ProjectArgument,
    study: StudyArgument,
    *,
    output: Annotated[
        Path | None, typer.Option(help="PDF to write; a name without identity where left out.")
    ] = None,
    reader: Annotated[
        str | None, typer.Option(help="Whose grades; default: yours, as in the settings.")
    ] = None,
    hide_identity: Annotated[
        bool, typer.Option("--hide-identity", help="No name, number or dates on the pages.")
    ] = False,
    no_model: Annotated[
        bool, typer.Option("--no-model", help="Leave the model's grades out.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Writes a printable report of one study as PDF."""
    from spinegrader.gui.reports.offscreen import painting
    from spinegrader.gui.reports.study_pdf import write_study_pdf
    from spinegrader.services.session import Session
    from spinegrader.services.settings import load_settings
    from spinegrader.services.study_report import ReportWish
    from spinegrader.services.study_reporting import report_file_name, study_named, study_report

    session = Session.open(project, reader or reader_name())
    try:
        study_uid = study_named(session, study)
        hidden = hide_identity or load_settings().identity_hidden
        wish = ReportWish(with_model=not no_model, identity_hidden=hidden)
        told = study_report(session, study_uid, wish)
        path = output or Path(report_file_name(study_uid))
        with painting():
            pages = write_study_pdf(told, session.store, path)
    finally:
        session.close()
    words = f"{_counted(pages)} in {path}. {told.model_note}".rstrip()
    result = {"file": str(path), "pages": pages, "model_note": told.model_note}
    print_result(result, as_json=json, words=words)


def report_evaluation(
    project: ProjectArgument,
    *,
    model: Annotated[
        str | None, typer.Option(help="Run, or shipped; default: whichever was evaluated last.")
    ] = None,
    output: Annotated[Path, typer.Option(help="PDF to write.")] = Path("evaluation.pdf"),
    json: JsonOption = False,
) -> None:
    """Writes a printable report of a model's newest evaluation as PDF."""
    from spinegrader.gui.reports.evaluation_pdf import write_evaluation_pdf
    from spinegrader.gui.reports.offscreen import painting
    from spinegrader.services.evaluation import list_evaluations
    from spinegrader.services.evaluation_report import evaluation_report
    from spinegrader.services.session import Session

    session = Session.open(project, reader_name())
    try:
        runs = session.store.runs_folder
        kept = list_evaluations(runs, model)
        if not kept:
            of_model = f" of “{model}”" if model else ""
            raise InputError(
                f"No evaluation{of_model} is kept in the project: evaluate a model in the window."
            )
        _, evaluation = kept[0]
        with painting():
            pages = write_evaluation_pdf(evaluation_report(runs, evaluation), output)
    finally:
        session.close()
    result = {"file": str(output), "pages": pages, "model": evaluation.model}
    words = f"{evaluation.model_title}: {_counted(pages)} in {output}."
    print_result(result, as_json=json, words=words)


def _counted(pages: int) -> str:
    return "1 page" if pages == 1 else f"{pages} pages"
