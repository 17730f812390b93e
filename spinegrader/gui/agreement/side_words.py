"""What the sides of a comparison are called."""

from spinegrader.services.agreement import Compared, Side
from spinegrader.services.graders import SHIPPED, SHIPPED_TITLE
from spinegrader.texts import translate


def side_words(side: Side) -> str:
    """What a side is called where it is chosen."""
    if side.is_model:
        return translate(SHIPPED_TITLE) if side.name == SHIPPED else side.name
    if side.reading > 1:
        return translate("reading {number}").format(number=side.reading)
    return side.name


def short_names(compared: Compared) -> tuple[str, str]:
    """What both sides are called beside a figure: short, and told apart."""
    return _short_name(compared.first, compared), _short_name(compared.second, compared)


def _short_name(side: Side, compared: Compared) -> str:
    if side.is_model:
        return translate("model")
    if compared.first.name == compared.second.name:
        return translate("reading {number}").format(number=side.reading)
    return side.name
