"""Mutated DICOM files through the importer: what comes in must be what the files say.

``python -m benchmarks.fuzz_import [FILES] [SEED]``
"""

import io
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.material import LARGE_SERIES, SMALL_SERIES, simulated_series, working_folder
from benchmarks.measuring import BenchmarkError, Row
from spinegrader.errors import InputError
from spinegrader.imaging.dicom import read_series
from spinegrader.imaging.sandbox import Sandbox
from spinegrader.imaging.scan import FoundSeries, scan
from spinegrader.imaging.slices import SliceHeader
from spinegrader.imaging.sources import Sources
from spinegrader.services.untrusted import PRELOADED

_FILES = 10_000
_A_FOLDER = 250
_MOST_S, _MOST_GB = 10.0, 2.0
_FIXTURES = Path(__file__).parents[1] / "tests" / "imaging" / "transfer_syntaxes"
_GEOMETRY_MM = 1e-6


@dataclass
class Fuzzing:
    """What happened to the mutated files."""

    files: int = 0
    came_in: int = 0
    unreadable_pixels: int = 0
    lost: int = 0
    wrong_geometry: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)


def measure(files: int = _FILES, seed: int = 1) -> list[Row]:
    """Mutates headers and pixels of every transfer syntax and imports them.

    Raises:
        BenchmarkError: If a file is lost from the count, a geometry differs from what pydicom
            reads in the same file, or a limit is passed.
    """
    result = fuzz(files, seed)
    peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
    if result.lost or result.wrong_geometry or result.files != files:
        raise BenchmarkError(f"lost {result.lost}, wrong geometry {result.wrong_geometry[:5]}")
    return [
        Row(f"Mutated files that came in, of {files}", result.came_in, "files"),
        Row("Of these with pixels that could not be unpacked", result.unreadable_pixels, "files"),
        Row("Lost from the report's count, or geometry other than pydicom's", 0, "files", goal=0),
        Row("Slowest batch, its slowest file at most", result.slowest_s, "s", goal=_MOST_S),
        Row("Peak memory of a child process", peak_gb, "GB", goal=_MOST_GB),
    ]


def fuzz(files: int, seed: int) -> Fuzzing:
    """Imports mutated files folder by folder; the application must live through all."""
    rng = np.random.default_rng(seed)
    result = Fuzzing()
    with working_folder() as folder:
        originals = _originals(folder)
        with Sandbox(preload=PRELOADED) as sandbox:
            while result.files < files:
                count = min(_A_FOLDER, files - result.files)
                with tempfile.TemporaryDirectory(dir=folder) as place:
                    for index in range(count):
                        original = originals[int(rng.integers(len(originals)))]
                        content = mutated(_numbered(original, index), rng)
                        (Path(place) / f"{index:04d}").write_bytes(content)
                    _import(Path(place), count, sandbox, result)
                result.files += count
    return result


def _originals(folder: Path) -> list[bytes]:
    simulated = simulated_series(folder / "simulated", SMALL_SERIES)
    large = simulated_series(folder / "large", LARGE_SERIES)
    paths = [*sorted(_FIXTURES.glob("*.dcm")), next(simulated.iterdir()), next(large.iterdir())]
    return [path.read_bytes() for path in paths]


def _numbered(original: bytes, number: int) -> bytes:
    """The file as one of a series of its own: equal ones would come in once only."""
    import pydicom

    dataset = pydicom.dcmread(io.BytesIO(original), stop_before_pixels=True)
    for uid in (str(dataset.SOPInstanceUID), str(dataset.SeriesInstanceUID)):
        changed = f"{uid[:-6]}{number + 1:06d}".replace("..", ".1")
        original = original.replace(uid.encode(), changed.encode())
    return original


def mutated(original: bytes, rng: np.random.Generator) -> bytes:
    """The file with bytes changed, lengths made absurd, parts cut out, doubled or moved."""
    content = bytearray(original)
    header = min(len(content), 2048)
    for _ in range(int(rng.integers(1, 6))):
        limit = header if rng.random() < 0.6 else len(content)
        place = int(rng.integers(128, max(129, limit)))
        kind = rng.integers(6)
        if kind == 0:
            content[place : place + 1] = bytes([int(rng.integers(256))])
        elif kind == 1:
            content[place : place + 4] = b"\xff\xff\xff\x7f"
        elif kind == 2:
            del content[place : place + int(rng.integers(1, 64))]
        elif kind == 3:
            content[place:place] = content[place : place + int(rng.integers(1, 64))]
        elif kind == 4:
            del content[place:]
        else:
            content[place : place + 2] = bytes(rng.integers(0, 256, 2, dtype=np.uint8))
    return bytes(content)


def _import(folder: Path, count: int, sandbox: Sandbox, result: Fuzzing) -> None:
    start = time.perf_counter()
    with Sources([folder], sandbox.run) as sources:
        report = scan(sources, sandbox)
    result.slowest_s = max(result.slowest_s, time.perf_counter() - start)
    taken = {name for item in report.series for name in item.file_names}
    result.lost += abs(count - len(taken) - len(report.skipped))
    result.came_in += len(taken)
    result.reasons.update(item.reason for item in report.skipped)
    for found in report.series:
        for stack in found.stacks:
            for item in stack.slices:
                if not _agrees_with_pydicom(item):
                    result.wrong_geometry.append(item.file.name)
        _read(found, sandbox, result)


def _read(found: FoundSeries, sandbox: Sandbox, result: Fuzzing) -> None:
    start = time.perf_counter()
    try:
        read_series(found, sandbox)
    except InputError:
        result.unreadable_pixels += len(found.file_names)
    result.slowest_s = max(result.slowest_s, time.perf_counter() - start)


def _agrees_with_pydicom(item: SliceHeader) -> bool:
    """Whether another parser sees the same place in the same bytes."""
    import warnings

    import pydicom

    warnings.simplefilter("ignore")
    try:
        dataset = pydicom.dcmread(item.file.path, force=True, stop_before_pixels=True)
        told = [
            *dataset.ImageOrientationPatient, *dataset.ImagePositionPatient,
            *dataset.PixelSpacing, dataset.Rows, dataset.Columns,
        ]  # fmt: skip
        numbers = [float(value) for value in told]
    # On damaged files pydicom raises almost anything: then it has no opinion.
    except Exception:  # noqa: BLE001 - see above
        return True
    ours = [
        *item.common.orientation, *item.position_mm, *item.common.spacing_mm, *item.common.matrix
    ]  # fmt: skip
    return len(ours) == len(numbers) and bool(np.allclose(ours, numbers, rtol=0, atol=_GEOMETRY_MM))


if __name__ == "__main__":
    wanted = [int(word) for word in sys.argv[1:]]
    for row in measure(*wanted):
        sys.stdout.write(f"{row.what}: {row.ours:g} {row.unit}\n")
