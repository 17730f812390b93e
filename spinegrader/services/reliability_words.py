"""How sure and how right a model is, in plain words: what a reliability diagram tells."""

from spinegrader.model.calibration import ReliabilityBin
from spinegrader.services.evaluation import GradingEvaluation
from spinegrader.services.wording import counted
from spinegrader.texts import for_translation, translate

FEW_DISCS = 5
"""Points of fewer discs are drawn hollow: by themselves they say little."""

HOW_TO_READ = for_translation(
    "Each point stands for the discs of which the model was about equally sure. On the line it is "
    "as often right as it says; below the line it is too sure, above it not sure enough. Hollow "
    "points stand for fewer than five discs and say little."
)
_NEAR = 0.02
"""A difference that rounding could make isn't told as one."""


def overall_words(its: GradingEvaluation) -> str:
    """One sentence on all discs of a grading; empty where nothing is known of it."""
    discs = sum(item.discs for item in its.reliability)
    if not discs:
        return ""
    sure = sum(item.discs * item.mean_confidence for item in its.reliability) / discs
    right = sum(item.discs * item.share_right for item in its.reliability) / discs
    words = translate("The model is {sure:.0f} % sure on average, and right in {right:.0f} %:")
    return f"{words.format(sure=100 * sure, right=100 * right)} {_verdict(sure - right)}"


def _verdict(gap: float) -> str:
    if abs(gap) < _NEAR:
        return translate("about as sure as it may be.")
    return translate("too sure.") if gap > 0 else translate("not as sure as it may be.")


def bin_words(item: ReliabilityBin) -> str:
    """What one point says."""
    return translate(
        "{low:.0f} to {high:.0f} % sure ({discs}): right in {right:.0f} %, {sure:.0f} % sure on "
        "average"
    ).format(
        low=100 * item.low,
        high=100 * item.high,
        discs=counted(item.discs, "disc", "discs"),
        right=100 * item.share_right,
        sure=100 * item.mean_confidence,
    )
