"""What grading models are called in lists."""

from spinegrader.gui.training.wording import headline, run_title
from spinegrader.services.graders import GradingModel
from spinegrader.texts import translate


def model_name(model: GradingModel) -> str:
    """Kind and date; the shipped one's own name."""
    return model.title if model.is_shipped else run_title(model.card.kind, model.card.started_at)


def model_text(model: GradingModel) -> str:
    """The name with the figure that the model is remembered by, and where it is from."""
    if model.is_shipped:
        return model.title
    elsewhere = translate("trained elsewhere") if model.is_imported else ""
    return ", ".join(part for part in (model_name(model), elsewhere, headline(model.card)) if part)
