"""What is printed of an evaluation: which model, which people, how well it grades."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from spinegrader import __version__
from spinegrader.errors import TrainingError
from spinegrader.services.evaluation import PEOPLE_NAMES, Evaluation, reservations
from spinegrader.services.graders import SHIPPED, shipped_grader_folder
from spinegrader.services.model_words import trained_on
from spinegrader.services.run_words import device_text
from spinegrader.services.runs import folder_of
from spinegrader.services.wording import counted, duration_text
from spinegrader.texts import translate, translate_count

if TYPE_CHECKING:
    from spinegrader.model.runs import RunCard


@dataclass(frozen=True)
class EvaluationReport:
    """All that a report says of an evaluation.

    Args:
        evaluation: The figures.
        model: Names and what they are: the model's card in words.
        people: Likewise: on whom it was evaluated.
        warnings: What a reader of the figures must know.
        made_at: UTC.
        program_version: Of SpineGrader.
    """

    evaluation: Evaluation
    model: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    made_at: datetime
    program_version: str = __version__


def evaluation_report(runs_folder: Path, evaluation: Evaluation) -> EvaluationReport:
    """What a report says of an evaluation; the model's card may be gone.

    Args:
        runs_folder: Of the project.
        evaluation: Made of one of its runs, or of the model that comes with the program.
    """
    card = _card(runs_folder, evaluation)
    return EvaluationReport(
        evaluation,
        _model_facts(evaluation, card),
        _people_facts(evaluation),
        _warnings(evaluation, card),
        datetime.now(UTC),
    )


def _card(runs_folder: Path, evaluation: Evaluation) -> "RunCard | None":
    from spinegrader.model.runs import read_card

    is_shipped = evaluation.model == SHIPPED
    try:
        return read_card(
            shipped_grader_folder() if is_shipped else folder_of(runs_folder, evaluation.model)
        )
    except TrainingError:
        return None


def _model_facts(evaluation: Evaluation, card: "RunCard | None") -> tuple[tuple[str, str], ...]:
    facts = [
        (translate("Model"), evaluation.model_title),
        (translate("Weights"), evaluation.weights_sha256[:12]),
    ]
    if card is None or card.weights_sha256 != evaluation.weights_sha256:
        return tuple(facts)
    facts.append((translate("Learnt from"), _learnt_from(card)))
    if card.start_from is not None:
        facts.append((translate("Began with"), card.start_from.name))
    if card.weightings:
        facts.append((translate("Contrasts"), ", ".join(card.weightings)))
    epochs = translate("{best} of {epochs} epochs").format(
        best=card.best_epoch, epochs=card.epochs_done
    )
    facts.append((translate("Best after"), epochs))
    if card.elapsed_s:
        where = f", {device_text(card.device)}" if card.device else ""
        facts.append((translate("Trained in"), duration_text(card.elapsed_s) + where))
    return tuple(facts)


def _learnt_from(card: "RunCard") -> str:
    people = len(card.subjects.get("train", ()))
    here = translate_count(
        "graded discs of {count} person of this project",
        "graded discs of {count} people of this project",
        people,
    ).format(count=people)
    return trained_on(card) or here


def _people_facts(evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
    compared = translate("{discs} in {studies} of {people}").format(
        discs=counted(evaluation.discs, "graded disc", "graded discs"),
        studies=counted(evaluation.studies, "study", "studies"),
        people=counted(evaluation.people, "person", "people"),
    )
    reader = evaluation.reader or translate("who evaluated, else the latest other reader")
    return (
        (translate("Evaluated on"), translate(PEOPLE_NAMES[evaluation.chosen_people])),
        (translate("Compared"), compared),
        (translate("Reader"), reader),
        (translate("Evaluated"), f"{evaluation.evaluated_at:%Y-%m-%d %H:%M} UTC"),
        (translate("Program"), f"SpineGrader {evaluation.program_version}".rstrip()),
    )


def _warnings(evaluation: Evaluation, card: "RunCard | None") -> tuple[str, ...]:
    found = list(reservations(evaluation))
    if evaluation.is_simulated:
        found.append(translate("Simulated people: the figures say nothing of patients' images."))
    if card is None:
        found.append(translate("The model is no longer there: what it learnt from isn't known."))
    elif card.weights_sha256 != evaluation.weights_sha256:
        found.append(
            translate("The model has other weights by now: what these learnt from isn't known.")
        )
    return tuple(found)
