"""A project of simulated people with confirmed vertebrae, and a detector that knows nothing yet."""

import json
import shutil
from pathlib import Path

import numpy as np

from spinegrader.model.detector.config import DetectorConfig, DetectorNetworkConfig
from spinegrader.model.detector.data import DetectorData, DetectorSlice
from spinegrader.model.detector.train import train_detector
from spinegrader.model.splits import Part
from spinegrader.services.demo import SIMULATED_READER, read_truth
from spinegrader.services.importing import import_paths
from spinegrader.services.session import Session
from spinegrader.services.untrusted import close_sandboxes
from spinegrader.simulate.cohort import simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.store.layout import marker_checksum
from spinegrader.store.project import ProjectStore

PEOPLE = 5
_PRESET = DetectorConfig.fine_tuning()
_SIZE = AcquisitionConfig(slices=3, rows=64, columns=64, samples_per_slice=1, sequences=("T2",))


def tiny_config(**changes) -> DetectorConfig:
    """A network of a few hundred weights, one epoch of two steps."""
    settings = {
        "network": DetectorNetworkConfig(widths=(4, 4)),
        "crop_mm": 64,
        "batch_size": 2,
        "batches_per_epoch": 2,
        "epochs": 1,
        "device": "cpu",
    }
    return _PRESET.model_copy(update=settings | changes)


def tiny_resources(base: Path) -> Path:
    """A folder with a detector as the program's resources hold one; made once."""
    folder = base / "tiny-resources"
    if not folder.exists():
        numbers = np.random.default_rng(1)
        item = DetectorSlice(
            numbers.integers(0, 200, (64, 64), np.uint8),
            np.zeros((64, 64), np.uint8),
            1.0,
            np.asarray([[[20, 20], [44, 20], [44, 40], [20, 40]]], np.float32),
            np.asarray([8], np.int8),
        )
        data = DetectorData((item,), ("a",), ("noise",), {"noise": 1.0})
        split = {"a": Part.TRAIN}
        train_detector(
            tiny_config(),
            data,
            split,
            folder / "detector",
            None,
            lambda _: None,
            lambda: False,
        )
    return folder


def retraining_project(base: Path, copy: Path) -> Path:
    """Five people, all confirmed; made once, then copied."""
    made = base / "retraining-project"
    if not made.exists():
        cohort = base / "retraining-cohort"
        simulate_cohort(cohort, PEOPLE, 0, 5, config=_SIZE)
        ProjectStore.create(made).close()
        fix_project_id(made)
        session = Session.open(made, SIMULATED_READER)
        import_paths(session, [cohort])
        read_truth(session, json.loads((cohort / "truth.json").read_text()), unread=0)
        session.close()
        close_sandboxes()
    return Path(shutil.copytree(made, copy))


def fix_project_id(project: Path) -> None:
    """Who is kept aside follows from the project's random id: here the same people always."""
    marker = project / "spinegrader.json"
    content = json.loads(marker.read_text(encoding="utf-8")) | {"project_id": "3" * 32}
    sealed = content | {"checksum": marker_checksum(content)}
    marker.write_text(json.dumps(sealed), encoding="utf-8")
