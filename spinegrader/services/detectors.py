"""Which detector a project uses: the one that comes with the program, or one of its own runs.

The choice is a setting of the project, kept and undone as every other one
(docs/decisions/0015-detector-of-a-project.md).
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from spinegrader.domain.edits import Changes, SetSetting
from spinegrader.errors import TrainingError
from spinegrader.services.detector_comparison import read_comparison
from spinegrader.services.resources import resources_folder
from spinegrader.services.session import Session

if TYPE_CHECKING:
    from spinegrader.model.detector.weights import DetectorWeights

_log = logging.getLogger(__name__)
_SETTING = "detector"


class AdoptedDetector(BaseModel):
    """The project's own detector.

    Args:
        run: Name of the run.
        weights_sha256: Of its weights when it was adopted.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: str
    weights_sha256: str


def shipped_detector_folder() -> Path:
    """Where the detector lies that comes with the program."""
    return resources_folder() / "detector"


def shipped_detector() -> "DetectorWeights":
    """The detector that comes with the program.

    Raises:
        TrainingError: If it is missing or damaged.
    """
    from spinegrader.model.detector.weights import detector_in

    folder = shipped_detector_folder()
    if not folder.is_dir():
        raise TrainingError(
            "The detector that comes with the program isn't there: install SpineGrader again."
        )
    return detector_in(folder)


def adopted_detector(session: Session) -> AdoptedDetector | None:
    """The project's own detector; None where it uses the one that comes with the program."""
    text = session.state.setting(_SETTING)
    if text is None:
        return None
    try:
        return AdoptedDetector.model_validate_json(text)
    except ValidationError:
        _log.warning("The project's choice of a detector can't be read: the shipped one is used.")
        return None


def detector_in_use(session: Session) -> "DetectorWeights":
    """The detector that finds the vertebrae of this project.

    Raises:
        TrainingError: If its weights are missing, damaged or not those that were adopted.
    """
    from spinegrader.model.detector.weights import detector_in

    adopted = adopted_detector(session)
    if adopted is None:
        return shipped_detector()
    back = "Go back to the detector that comes with the program, on the Models page."
    folder = session.store.runs_folder / adopted.run
    if not folder.is_dir():
        raise TrainingError(
            f"The detector “{adopted.run}” that this project uses isn't there any more. {back}"
        )
    found = detector_in(folder)
    if found.sha256 != adopted.weights_sha256:
        raise TrainingError(
            f"The detector “{adopted.run}” is not the one that this project adopted: its weights "
            f"have changed since. {back}"
        )
    return found


def adopt_detector(session: Session, run: str) -> Changes:
    """Uses a run of the project from now on; nothing if it is used already.

    Raises:
        TrainingError: If the run holds no sound detector, or was never compared with another.
        NotSavedError: If it couldn't be written.
    """
    from spinegrader.model.detector.weights import detector_in

    folder = session.store.runs_folder / run
    found = detector_in(folder)
    compared = read_comparison(folder)
    if compared is None or compared.new_sha256 != found.sha256:
        raise TrainingError(
            f"Nobody knows yet whether the detector “{run}” is better: resume its training, at "
            "whose end it is compared with the one in use."
        )
    return _choose(session, AdoptedDetector(run=run, weights_sha256=found.sha256))


def use_shipped_detector(session: Session) -> Changes:
    """Goes back to the detector that comes with the program; nothing if it is used already.

    Raises:
        NotSavedError: If it couldn't be written.
    """
    return _choose(session, None)


def check_not_in_use(session: Session, run: str) -> None:
    """Looks whether a run may go.

    Raises:
        TrainingError: If it is the detector that this project uses.
    """
    adopted = adopted_detector(session)
    if adopted is not None and adopted.run == run:
        raise TrainingError(
            f"This project finds its vertebrae with “{run}”: go back to the detector that comes "
            "with the program before you delete it."
        )


def _choose(session: Session, detector: AdoptedDetector | None) -> Changes:
    before = session.state.setting(_SETTING)
    after = None if detector is None else detector.model_dump_json()
    if after == before:
        return Changes()
    return session.apply(SetSetting(_SETTING, before, after))
