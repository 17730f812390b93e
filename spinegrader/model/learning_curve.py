"""The learning curve: what pre-training is worth in annotated studies (Jamaludin et al. 2017).

A job that can be killed: each network is a run folder of its own, and what it says of the test
subjects is kept, so that all figures can be computed anew without training.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from spinegrader.durable import private_folder
from spinegrader.errors import TrainingError
from spinegrader.model.config import Structure
from spinegrader.model.data import MISSING, GradingData, PretrainData, rows_of
from spinegrader.model.events import CurveProgress, RunState, StopRequested
from spinegrader.model.learning_curve_card import (
    CURVE_CARD,
    CurveCard,
    read_curve_card,
    write_curve_card,
)
from spinegrader.model.learning_curve_cells import (
    TestSet,
    cell_keys,
    done_cells,
    read_cell,
    write_results,
    write_test_set,
)
from spinegrader.model.learning_curve_config import LearningCurveConfig
from spinegrader.model.learning_curve_subsets import CurveData
from spinegrader.model.learning_curve_training import CellTraining, CurveStopped
from spinegrader.model.runs import program_versions
from spinegrader.model.splits import Part, subjects_in
from spinegrader.model.volumes import check_split, run_fingerprint


def learning_curve(
    config: LearningCurveConfig,
    paired: Mapping[Structure, PretrainData],
    discs: GradingData,
    split: Mapping[str, Part],
    folder: Path,
    emit: Callable[[object], None],
    stop_requested: StopRequested,
    *,
    is_simulated: bool,
) -> bool:
    """Trains all networks of a learning curve, or those that a killed or stopped one left.

    Subsets are nested and drawn by subject. Validation and test subjects are the same for all
    networks; test subjects are in no pair of a pre-training. A pre-training is done once for
    each seed and losses.

    Args:
        config: Settings.
        paired: By what the rows pre-train on, its volumes; empty where no row has a pre-training.
        discs: Discs with grades and studies.
        split: Part of each subject, of both.
        folder: Of the curve.
        emit: Gets :class:`CurveProgress` and the events of all trainings, in this thread.
        stop_requested: Asked before every batch.
        is_simulated: Whether the people are simulated.

    Returns:
        Whether all networks are trained; False where it was stopped.

    Raises:
        TrainingError: If data, settings or folder don't fit, or a training fails.
    """
    job = _Job(config, paired, discs, split, folder, emit, stop_requested)
    card = job.begin(is_simulated=is_simulated)
    state: RunState = "failed"
    try:
        job.train()
        state = "finished"
    except CurveStopped:
        state = "stopped"
    finally:
        write_curve_card(folder, card.model_copy(update={"state": state}))
    return state == "finished"


class _Job:
    """One session of a learning curve; the arguments are those of :func:`learning_curve`."""

    def __init__(
        self,
        config: LearningCurveConfig,
        paired: Mapping[Structure, PretrainData],
        discs: GradingData,
        split: Mapping[str, Part],
        folder: Path,
        emit: Callable[[object], None],
        stop_requested: StopRequested,
    ) -> None:
        self._config = config
        self._paired = paired
        self._data = CurveData.of(discs, split, config.grading)
        self._split = split
        self._folder = folder
        self._emit = emit
        self._stop_requested = stop_requested
        self._keys = cell_keys(config)

    # -- before ---------------------------------------------------------------------------------

    def begin(self, *, is_simulated: bool) -> CurveCard:
        """Checks everything and writes the card, or checks that an old one is still the same."""
        if missing := self._config.structures - set(self._paired):
            what = "vertebrae" if "vertebra" in missing else "discs"
            raise TrainingError(f"Rows with a pre-training need {what} to learn from.")
        for data in self._paired.values():
            check_split(data.subjects, self._split)
        self._data.check_sizes(self._config.sizes, range(self._config.seeds))
        studies = repr(self._data.discs.studies)
        fingerprint = run_fingerprint(self._data.discs.fingerprint(), self._split, studies)
        paired = {str(name): data.fingerprint() for name, data in self._paired.items()}
        started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        if (self._folder / CURVE_CARD).exists():
            old = read_curve_card(self._folder)
            if not _goes_on(old.config, self._config):
                raise TrainingError(
                    f"The learning curve “{self._folder.name}” was begun with other settings: "
                    "start a new one."
                )
            if old.fingerprint != fingerprint or old.paired | paired != paired | old.paired:
                raise TrainingError(
                    f"The data have changed since the learning curve “{self._folder.name}” was "
                    "begun: start a new one."
                )
            started_at = old.started_at
            paired = old.paired | paired
        private_folder(self._folder)
        grading = self._config.grading
        card = CurveCard(
            state="running",
            started_at=started_at,
            settings=self._config.model_dump(mode="json"),
            fingerprint=fingerprint,
            paired=paired,
            class_values=tuple(self._data.discs.class_values[grading]),
            ordinal=self._data.discs.ordinal[grading],
            counts=self._counts(),
            is_simulated=is_simulated,
            versions=program_versions(),
        )
        write_test_set(self._folder, self._test_set())
        write_curve_card(self._folder, card)
        return card

    def _counts(self) -> dict[str, int]:
        counts = {}
        for part in Part:
            rows = rows_of(self._data.discs.subjects, subjects_in(self._split, part))
            graded = rows[self._data.labels[rows] != MISSING]
            counts[f"{part}_subjects"] = len({self._data.discs.subjects[row] for row in graded})
            counts[f"{part}_studies"] = len({self._data.discs.studies[row] for row in graded})
            counts[f"{part}_discs"] = len(graded)
        return counts

    def _test_set(self) -> TestSet:
        rows = self._data.test_rows
        subjects = tuple(self._data.discs.subjects[row] for row in rows)
        return TestSet(rows, self._data.labels[rows], subjects)

    # -- trainings ------------------------------------------------------------------------------

    def train(self) -> None:
        """Trains what isn't trained yet.

        Raises:
            CurveStopped: If the user asked to.
        """
        training = CellTraining(
            self._config,
            self._paired,
            self._data,
            self._folder,
            self._emit,
            self._stop_requested,
        )
        for number, key in enumerate(self._keys):
            self._emit(CurveProgress(number, len(self._keys)))
            if read_cell(self._folder, key) is None:
                training.train(key)
                self._write_results()
        self._write_results()
        self._emit(CurveProgress(len(self._keys), len(self._keys)))

    def _write_results(self) -> None:
        write_results(self._folder, list(done_cells(self._folder, self._keys).values()))


def _goes_on(old: LearningCurveConfig, new: LearningCurveConfig) -> bool:
    """Whether a curve may be gone on with: on any device, with rows, sizes or seeds added."""
    has_all = (
        set(new.rows) >= set(old.rows)
        and set(new.sizes) >= set(old.sizes)
        and new.seeds >= old.seeds
    )
    return has_all and _comparable(old) == _comparable(new)


def _comparable(config: LearningCurveConfig) -> LearningCurveConfig:
    parts = {
        name: part.model_copy(update={"device": "auto"})
        for name, part in (("pretrain", config.pretrain), ("finetune", config.finetune))
    }
    return config.model_copy(update=parts | {"rows": (), "sizes": (), "seeds": 0})
