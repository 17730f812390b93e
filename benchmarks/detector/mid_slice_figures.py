"""The detector on real mid-sagittal slices, automatically and as somebody saw it.

``python -m benchmarks.detector.mid_slice_figures FOLDER`` draws what is found on every validating
patient's slice, for looking at; ``looked_at.csv`` holds what was seen: of the series that it
doesn't name, all is as it should be. Real pictures are never part of the project.
"""

import argparse
import csv
import os
from dataclasses import dataclass
from pathlib import Path

from benchmarks.detector.matching import Outcome
from benchmarks.detector.mid_slices import RealSlice, real_slices
from benchmarks.detector.weights_chosen import chosen_finder
from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.imaging.detection.finding import SpineFinding
from spinegrader.services.finder import Finder

_LOOKED_AT = Path(__file__).with_name("looked_at.csv")
_SACRAL = (VertebraLevel.S1, VertebraLevel.S2)


@dataclass(frozen=True)
class Seen:
    """What somebody saw on a picture of what was found.

    Args:
        is_complete: Whether S1 and every body up to the highest one found are there; None where
            the picture isn't one to judge by.
        is_named_right: Likewise.
    """

    is_complete: bool | None = True
    is_named_right: bool | None = True


def looked_at() -> dict[str, Seen]:
    """By name of the series; those that aren't in it are complete and named right."""
    answers = {"yes": True, "no": False, "": None}
    with _LOOKED_AT.open(encoding="utf-8") as file:
        return {
            row["series"]: Seen(answers[row["complete"]], answers[row["named"]])
            for row in csv.DictReader(file)
        }


def mid_slice_outcomes(find: Finder) -> list[tuple[RealSlice, Outcome]]:
    """All validating patients' slices, T1, T2 and T2-SPACE."""
    seen = looked_at()
    return [
        (item, _outcome(item, find(item.volume), seen.get(item.name, Seen())))
        for item in real_slices("validation", ("T1", "T2", "SPACE"))
    ]


def _outcome(item: RealSlice, finding: SpineFinding, seen: Seen) -> Outcome:
    """Bodies are counted above S1, as SPIDER counts them, which counts those that are cut too."""
    above = sum(body.level not in _SACRAL for body in finding.vertebrae)
    outcome = Outcome(str(item.patient), item.name, finding)
    outcome.sums["bodies by count"] = float(min(above, item.bodies)), float(item.bodies)
    outcome.sums["count within one"] = float(0 <= item.bodies - above <= 1), 1.0
    can_tell = seen.is_complete is not None
    outcome.sums["seen complete"] = float(bool(seen.is_complete)), float(can_tell)
    known = seen.is_named_right is not None
    outcome.sums["seen named right"] = float(bool(seen.is_named_right)), float(known)
    is_whole = bool(seen.is_complete) and bool(seen.is_named_right)
    outcome.sums["seen whole"] = float(is_whole), float(can_tell and known)
    is_wrong = seen.is_named_right is False
    outcome.sums["wrong flagged"] = (
        float(is_wrong and not finding.is_numbering_sure), float(is_wrong)
    )  # fmt: skip
    outcome.sums["right flagged"] = (
        float(seen.is_named_right is True and not finding.is_numbering_sure),
        float(seen.is_named_right is True),
    )
    return outcome


def main() -> None:
    """Draws the sheets."""
    from PySide6.QtGui import QGuiApplication

    from benchmarks.detector.sheets import overlay_picture, write_sheets

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, help="folder of another detector")
    chosen = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication([])
    find = chosen_finder(chosen.weights)
    pictures: dict[str, list[tuple[str, object]]] = {}
    for item, outcome in mid_slice_outcomes(find):
        title = f"{item.name} ({item.bodies} counted)"
        picture = overlay_picture(item, outcome.finding)
        pictures.setdefault(item.sequence, []).append((title, picture))
    for sequence, drawn in pictures.items():
        for path in write_sheets(drawn, chosen.folder, sequence):  # type: ignore[arg-type]
            print(path)
    application.quit()


if __name__ == "__main__":
    main()
