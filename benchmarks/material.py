"""Simulated people to measure on, and places to put them."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spinegrader.services.demo import read_truth
from spinegrader.services.importing import import_paths
from spinegrader.services.session import Session
from spinegrader.simulate.cohort import TRUTH_FILE, simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig

READER = "Benchmark reader"
LARGE_SERIES = AcquisitionConfig(slices=15, rows=512, columns=512, samples_per_slice=1)
"""As large as sagittal lumbar series usually get."""

SMALL_SERIES = AcquisitionConfig(slices=5, rows=64, columns=64, samples_per_slice=1)
"""Where only the number of people counts, not their images."""

_SEED = 7
_ON_DISK = Path("build")


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder that goes again, on the disk of the checkout: others may be held in memory."""
    _ON_DISK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=_ON_DISK) as folder:
        yield Path(folder).absolute()


def simulated_series(folder: Path, config: AcquisitionConfig) -> Path:
    """Writes one simulated person below a folder; the folder of the T2 series."""
    simulate_cohort(folder, 1, 0, _SEED, config=config)
    return next(path.parent for path in sorted(folder.rglob("IM0001")))


def read_project(
    folder: Path, subjects: int, follow_ups: int, config: AcquisitionConfig | None = None
) -> Session:
    """An open project of simulated people, with their true vertebrae and grades as read.

    Args:
        folder: For the images and, in ``project`` below it, the project.
        subjects: Number of people.
        follow_ups: How many of them come twice.
        config: Size of the series; None for that of the demo.
    """
    images = folder / "images"
    simulate_cohort(images, subjects, follow_ups, _SEED, config=config)
    session = Session.open_or_create(folder / "project", READER)
    import_paths(session, [images], lambda _: None, lambda: False)
    read_truth(session, json.loads((images / TRUTH_FILE).read_text(encoding="utf-8")))
    return session
