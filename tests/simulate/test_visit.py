import os
import subprocess
import sys

_DIGEST = """
import hashlib
import numpy as np
from spinegrader.simulate.plan import CohortPlan
from spinegrader.simulate.scanner.config import AcquisitionConfig
from spinegrader.simulate.visit import simulate_visit
config = AcquisitionConfig(slices=5, rows=160, columns=160, sequences=("T2", "T1", "STIR"))
digest = hashlib.sha256()
for planned in CohortPlan(3, 0, 8).visits():
    made = simulate_visit(planned.person(), planned.age_years, planned.rng(), config)
    digest.update(repr((made.geometry, made.placed, made.protocol)).encode())
    digest.update(made.labels.tobytes())
    for stack in made.stacks:
        digest.update(stack.pixels.tobytes())
print(digest.hexdigest())
"""


def digest(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _DIGEST],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_another_processor_makes_the_same_bytes():
    here = digest()
    assert len(here) == 65
    plainer = {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"}
    assert digest(**plainer, OPENBLAS_CORETYPE="Nehalem") == here
