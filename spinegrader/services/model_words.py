"""What is said of a model wherever its grades are shown: trained on what, and how good it is."""

from typing import TYPE_CHECKING

from spinegrader.domain.scheme import Scheme
from spinegrader.errors import TrainingError
from spinegrader.services.detectors import shipped_detector_folder
from spinegrader.services.graders import (
    SHIPPED,
    SHIPPED_TITLE,
    GradingModel,
    is_imported,
    shipped_grader_folder,
)
from spinegrader.services.runs import folder_of
from spinegrader.services.session import Session
from spinegrader.services.wording import RESEARCH_NOTICE
from spinegrader.texts import for_translation, translate, translate_count

if TYPE_CHECKING:
    from spinegrader.model.metrics import Agreement
    from spinegrader.model.runs import DataSource, RunCard


_ELSEWHERE = for_translation(
    "Trained elsewhere: whether it has seen people of this project can't be told."
)


def trained_on(card: "RunCard") -> str:
    """What a model learnt from, as its card says: words without a full stop; empty if unsaid."""
    if not card.trained_on:
        return ""
    people = len(card.subjects.get("train", ()))
    return translate_count(
        "trained on {what} ({count} person)", "trained on {what} ({count} people)", people
    ).format(what=card.trained_on, count=people)


def about_model(model: GradingModel, scheme: Scheme) -> tuple[str, ...]:
    """Sentences on a model: what it learnt from, figures, where its data came from.

    A project's own model has none, as its card and the Models page tell more.
    """
    card = model.card
    if model.is_imported:
        return (translate(_ELSEWHERE),)
    if not model.is_shipped:
        return ()
    names = {item.id: item.name for item in scheme.gradings}
    told = [f"{translate(SHIPPED_TITLE)}: {trained_on(card)}."]
    people = len(card.subjects.get("test", ()))
    figures = "; ".join(
        f"{names.get(grading, grading)} {words}"
        for grading, its in card.agreement.items()
        if (words := _figures(its))
    )
    if figures:
        said = translate_count(
            "On {count} other person of the same data: {figures}.",
            "On {count} other people of the same data: {figures}.",
            people,
        )
        told.append(said.format(count=people, figures=figures))
    if card.sources:
        told.append(_data_words(card.sources))
    return tuple(told)


def said_of(run: str, model_hash: str, shipped: GradingModel | None, title: str = "") -> str:
    """One sentence on the model behind a prediction, the research notice included.

    Args:
        run: As the prediction names it.
        model_hash: SHA-256 of its weights, likewise.
        shipped: The model that comes with this version of the program; None where it is missing.
        title: What a reader calls the run; nothing for its name.
    """
    if is_imported(run):
        named = translate("Model {run} ({short_hash}), trained elsewhere.")
    elif run != SHIPPED:
        named = translate("Model {run} ({short_hash}).")
    elif shipped is None or shipped.card.weights_sha256 != model_hash:
        named = translate("Model that came with another version of SpineGrader ({short_hash}).")
    else:
        named = f"{translate(SHIPPED_TITLE)}: {trained_on(shipped.card)}."
        return f"{named} {translate(RESEARCH_NOTICE)}"
    said = named.format(run=title or run, short_hash=model_hash[:8])
    return f"{said} {translate(RESEARCH_NOTICE)}"


def said_of_model(session: Session, run: str, model_hash: str, shipped: GradingModel | None) -> str:
    """As :func:`said_of`, with what a model of the project learnt from, where its card is there."""
    from spinegrader.model.runs import read_card

    if run == SHIPPED:
        return said_of(run, model_hash, shipped)
    try:
        card = read_card(folder_of(session.store.runs_folder, run))
    except TrainingError:
        return said_of(run, model_hash, shipped)
    if card.weights_sha256 != model_hash:
        return said_of(run, model_hash, shipped)
    people = len(card.subjects.get("train", ()))
    here = translate_count(
        "trained on {count} person of this project",
        "trained on {count} people of this project",
        people,
    ).format(count=people)
    named = translate("Model {run} ({short_hash}): {trained_on}.").format(
        run=run, short_hash=model_hash[:8], trained_on=trained_on(card) or here
    )
    return f"{named} {translate(RESEARCH_NOTICE)}"


def said_of_shipped_models() -> tuple[str, ...]:
    """Sentences on both models that come with the program, and whose data they learnt from."""
    from spinegrader.model.runs import read_card

    told, sources = [], {}
    for folder, words in (
        (shipped_detector_folder(), translate("The detector that comes along: {trained_on}.")),
        (shipped_grader_folder(), translate("The grading model that comes along: {trained_on}.")),
    ):
        try:
            card = read_card(folder)
        except TrainingError:
            continue
        told.append(words.format(trained_on=trained_on(card)))
        sources.update(dict.fromkeys(card.sources))
    if sources:
        told.append(_data_words(tuple(sources)))
    return tuple(told)


def _data_words(sources: tuple["DataSource", ...]) -> str:
    """Data sets from elsewhere with the attribution that their licences ask for."""
    named = "; ".join(f"{item.name}: {item.attribution}, {item.licence}" for item in sources)
    return translate("Data: {sources}.").format(sources=named)


def _figures(agreement: "Agreement") -> str:
    """Kappa with its interval and the part within one grade, as far as they are defined."""
    parts = []
    if agreement.weighted_kappa is not None:
        parts.append(translate("kappa {value:.2f}").format(value=agreement.weighted_kappa))
        if (interval := agreement.weighted_kappa_interval) is not None:
            ends = translate("(95 % interval {low:.2f} to {high:.2f})")
            parts[-1] += " " + ends.format(low=interval[0], high=interval[1])
    if agreement.mean_class_accuracy is not None:
        parts.append(
            translate("{share:.0f} % right in each grade on average").format(
                share=100 * agreement.mean_class_accuracy
            )
        )
    if agreement.within_one is not None:
        parts.append(
            translate("{share:.0f} % within one grade").format(share=100 * agreement.within_one)
        )
    return ", ".join(parts)
