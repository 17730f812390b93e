"""What doesn't count where two sides' grades are compared, and why."""

from collections.abc import Mapping
from enum import StrEnum

from spinegrader.texts import translate, translate_count


class LeftOut(StrEnum):
    """Why a disc that both sides answered doesn't count."""

    HELD_BACK = "held back"
    KNOWN_TO_MODEL = "known to the model"
    OTHERS_SEEN = "others seen"
    NO_GRADE = "no grade"


def left_out_words(left_out: Mapping[LeftOut, int]) -> str:
    """How many discs don't count and why, in a sentence; empty where all count."""
    told = [_words(why, left_out.get(why, 0)) for why in LeftOut]
    sentences = "; ".join(words for words in told if words)
    if not sentences:
        return ""
    return translate("Left out, each grading of a disc counted: {reasons}.").format(
        reasons=sentences
    )


def _words(why: LeftOut, number: int) -> str:
    if not number:
        return ""
    if why is LeftOut.HELD_BACK:
        words = translate_count(
            "{number} grade of studies that you still read blinded",
            "{number} grades of studies that you still read blinded",
            number,
        )
    elif why is LeftOut.KNOWN_TO_MODEL:
        words = translate_count(
            "{number} grade of people whom the model was trained on",
            "{number} grades of people whom the model was trained on",
            number,
        )
    elif why is LeftOut.OTHERS_SEEN:
        words = translate_count(
            "{number} grade given only after a model's or another reader's was seen",
            "{number} grades given only after a model's or another reader's were seen",
            number,
        )
    else:
        words = translate_count(
            "{number} answer that is no grade (unsure or not assessable)",
            "{number} answers that are no grades (unsure or not assessable)",
            number,
        )
    return words.format(number=number)
