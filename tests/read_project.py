"""A project of simulated people who came twice, small in every way, all of them read."""

import json
import shutil
from pathlib import Path

from spinegrader.services.demo import SIMULATED_READER, read_truth
from spinegrader.services.importing import import_paths
from spinegrader.services.session import Session
from spinegrader.services.untrusted import close_sandboxes
from spinegrader.simulate.cohort import simulate_cohort
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.store.project import ProjectStore
from tests.detector_project import fix_project_id

PEOPLE = 8

_SIZE = AcquisitionConfig(slices=3, rows=64, columns=64, samples_per_slice=1, sequences=("T2",))


def read_project(base: Path, copy: Path) -> Path:
    """Eight people with two visits each, made once in ``base``, then copied."""
    made = base / "read-project"
    if not made.exists():
        cohort = base / "read-cohort"
        simulate_cohort(cohort, PEOPLE, PEOPLE, 5, config=_SIZE)
        ProjectStore.create(made).close()
        fix_project_id(made)
        session = Session.open(made, SIMULATED_READER)
        import_paths(session, [cohort])
        read_truth(session, json.loads((cohort / "truth.json").read_text()), unread=0)
        session.close()
        close_sandboxes()
    return Path(shutil.copytree(made, copy))
