"""What a retrained detector reached beside the one in use: kept in its run, told in words."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from spinegrader.durable import write_durably
from spinegrader.errors import TrainingError
from spinegrader.services.wording import counted
from spinegrader.texts import for_translation, translate

COMPARISON = "comparison.json"

LEAST_JUDGED = 5
"""With fewer people not even the same change in all of them is beyond chance: 2^-4 = 6 % (sign
test, one-sided), 2^-5 = 3 %."""

Verdict = Literal["better", "unsure", "worse"]

VERDICT_NAMES: dict[Verdict, str] = {
    "better": for_translation("Better"),
    "unsure": for_translation("Not surely better"),
    "worse": for_translation("Worse"),
}


class DetectorFigures(BaseModel):
    """Means over people; None where nothing could be measured.

    Args:
        bodies_found: Share of the confirmed bodies.
        levels_right: Share of the confirmed bodies that were found and have the right name.
        centre_error_mm: Of the bodies that were found.
        corner_error_mm: Likewise.
        disc_dice: Overlap of the confirmed discs with those found; 0 for one that wasn't.
        correction_mm: How far a reader must move a corner; 10 mm for that of a body not found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bodies_found: float
    levels_right: float
    centre_error_mm: float | None
    corner_error_mm: float | None
    disc_dice: float | None
    correction_mm: float


class DetectorComparison(BaseModel):
    """Two detectors on the same people, whom neither was trained on.

    Args:
        old_name: The one in use when the new one was trained.
        old_sha256: Of its weights.
        new_sha256: Of the new one's weights.
        people: How many people.
        series: How many series of theirs.
        with_validation: Whether people who helped to choose the epoch are among them.
        old: Figures of the one in use.
        new: Figures of the new one.
        gain_mm: By how much less corners must be moved; negative: by how much more.
        gain_interval_mm: 95 %, by bootstrap over people.
        verdict: What follows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    old_name: str
    old_sha256: str
    new_sha256: str
    people: int
    series: int
    with_validation: bool
    old: DetectorFigures
    new: DetectorFigures
    gain_mm: float
    gain_interval_mm: tuple[float, float]
    verdict: Verdict

    def sentence(self) -> str:
        """The verdict and what it rests on."""
        words = (
            translate("{verdict}: corners need {gain} mm less correction")
            if self.gain_mm >= 0
            else translate("{verdict}: corners need {gain} mm more correction")
        ).format(verdict=translate(VERDICT_NAMES[self.verdict]), gain=f"{abs(self.gain_mm):.2f}")
        low, high = self.gain_interval_mm
        rest = translate(
            "on {people} it was not trained on (95 % interval of the gain {low} to {high} mm)."
        ).format(
            people=counted(self.people, "person", "people"), low=f"{low:.2f}", high=f"{high:.2f}"
        )
        return " ".join([f"{words} {rest}", *self._reservations()])

    def _reservations(self) -> list[str]:
        found = []
        if self.people < LEAST_JUDGED:
            found.append(
                translate("Fewer than {count} people are too few to be sure.").format(
                    count=LEAST_JUDGED
                )
            )
        if self.with_validation:
            found.append(translate("People who helped to choose the best epoch are among them."))
        return found


def write_comparison(run_folder: Path, comparison: DetectorComparison) -> None:
    """Keeps it beside the run's weights.

    Raises:
        TrainingError: If it can't be written.
    """
    try:
        write_durably(run_folder / COMPARISON, comparison.model_dump_json(indent=2).encode())
    except OSError as error:
        raise TrainingError(
            f"The comparison of “{run_folder.name}” can't be written ({error.strerror}): check "
            "the disk's free space and resume the run."
        ) from error


def read_comparison(run_folder: Path) -> DetectorComparison | None:
    """The comparison of a run; None where there is none that can be read."""
    try:
        return DetectorComparison.model_validate_json((run_folder / COMPARISON).read_bytes())
    except (OSError, ValidationError):
        return None
