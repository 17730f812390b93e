"""The images that series name: whether each is there and holds what its name says."""

from collections.abc import Callable, Iterator
from pathlib import Path

from spinegrader.domain.state import ProjectState
from spinegrader.errors import CancelledError, ProjectError
from spinegrader.store import pixels as pixel_files
from spinegrader.store.checking.problems import Counts, Problem, ProblemKind, StepProgress
from spinegrader.store.containment import Containment
from spinegrader.store.layout import ProjectLayout

_STEP = "Images"
_LINK = ".link.json"
_IMPORT_AGAIN = "Bring it back from a backup, or import the images again."


def check_images(
    layout: ProjectLayout,
    state: ProjectState,
    containment: Containment,
    counts: Counts,
    progress: StepProgress,
    stop: Callable[[], bool],
) -> Iterator[Problem]:
    """Problems of the image files; counts what was looked at.

    Raises:
        CancelledError: If the user wishes to stop.
    """
    named = sorted({stack.pixels for series in state.series.values() for stack in series.stacks})
    sizes = {path.stem: path.stat().st_size for path in layout.pixels.glob("*.h5")}
    total = sum(sizes.get(name, 0) for name in named)
    done = 0
    for name in named:
        if stop():
            raise CancelledError("Stopped.")
        progress(_STEP, done, total)
        if name in sizes:
            counts.images += 1
            counts.image_bytes += sizes[name]
            done += sizes[name]
            yield from _content_problems(layout, name, containment)
        else:
            yield from _link_problems(layout, name, counts)
    progress(_STEP, total, total)
    for name in sorted(sizes.keys() - set(named)):
        yield Problem(
            ProblemKind.IMAGE_UNUSED,
            f"pixels/{name}.h5",
            "No series names this image; it does no harm and was left where it is.",
            is_note=True,
        )


def _content_problems(
    layout: ProjectLayout, name: str, containment: Containment
) -> Iterator[Problem]:
    file = f"pixels/{name}.h5"
    try:
        pixel_files.read_pixels(layout.pixels, name, containment, recompute_hash=True)
    except ProjectError as error:
        if isinstance(error.__cause__, PermissionError):
            yield Problem(ProblemKind.UNREADABLE, file, error.message)
        elif not isinstance(error, pixel_files.DamagedPixelsError):
            # No process to read it in, for example: that isn't the image's fault.
            raise
        else:
            sentence = f"It doesn't hold the image that its name says. {_IMPORT_AGAIN}"
            yield Problem(ProblemKind.IMAGE_DAMAGED, file, sentence)


def _link_problems(layout: ProjectLayout, name: str, counts: Counts) -> Iterator[Problem]:
    link = layout.pixels / f"{name}{_LINK}"
    if not link.exists():
        aside = set_aside_path(layout, Path("pixels", f"{name}.h5"))
        where = f" A damaged copy lies in {aside.parent.name}." if aside.exists() else ""
        sentence = f"The image is missing.{where} {_IMPORT_AGAIN}"
        yield Problem(ProblemKind.IMAGE_MISSING, f"pixels/{name}.h5", sentence)
        return
    counts.linked_images += 1
    files = pixel_files.read_link(layout.pixels, name)
    if files is None:
        sentence = "The note that says where this linked image lies is damaged. Import it again."
        yield Problem(ProblemKind.LINK_DAMAGED, f"pixels/{link.name}", sentence)
        return
    gone = sum(not Path(file).is_file() for file in files)
    if gone:
        # No paths: outside the project they may tell a patient's name.
        sentence = (
            f"{gone} of the {len(files)} files that this linked image lies in are missing: bring"
            " them back, or import them again from where they are now."
        )
        yield Problem(ProblemKind.LINKED_FILES_MISSING, f"pixels/{link.name}", sentence)


def set_aside_path(layout: ProjectLayout, file: Path) -> Path:
    """Where a damaged file is kept.

    Args:
        layout: The project.
        file: Its path inside the project.
    """
    return layout.folder / "damaged" / file.name
