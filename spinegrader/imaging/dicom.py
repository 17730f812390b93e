"""The pixels of a series that scan has found."""

from dataclasses import dataclass, replace

from spinegrader.domain.study import Patient, Series, Study
from spinegrader.errors import InputError
from spinegrader.imaging.pixel_reading import read_stored, real_values
from spinegrader.imaging.sandbox import Sandbox, StopRequested, never
from spinegrader.imaging.scan import FoundSeries
from spinegrader.imaging.sources import SourceFile
from spinegrader.imaging.volume import Volume

_READ_VOLUME = "spinegrader.imaging.files:read_volume_file"


@dataclass(frozen=True)
class LoadedSeries:
    """One series with its pixels.

    Args:
        patient: Whose it is.
        study: Of which visit.
        series: What is known of it; its ``pixels`` still empty.
        volumes: One for each of its stacks, turned for reading.
        warnings: Sentences on what a reader should know of the pixels.
    """

    patient: Patient
    study: Study
    series: Series
    volumes: tuple[Volume, ...]
    warnings: tuple[str, ...] = ()


def read_series(
    found: FoundSeries, sandbox: Sandbox, stop_requested: StopRequested = never
) -> LoadedSeries:
    """Reads the slices, in their order along the normal, and turns them for reading.

    Pixels stay whole numbers where the images are not rescaled, and become float32 otherwise.

    Raises:
        InputError: If a file is gone, damaged, or not the one that was found; it is named.
        CancelledError: If a stop was requested.
    """
    series = found.series
    if found.volume_file is not None:
        volumes = (_read_volume(found.volume_file, sandbox, stop_requested),)
        return LoadedSeries(found.patient, found.study, series, volumes)
    read: list[Volume] = []
    is_lossy = False
    for stack in found.stacks:
        stored = read_stored(stack.slices, sandbox, stop_requested)
        pixels, keeps_units = real_values(stored, stack.slices)
        read.append(Volume(pixels, stack.acquired).in_reading_orientation(series.plane))
        is_lossy = is_lossy or any(item.common.is_lossy for item in stack.slices)
        if not keeps_units:
            series = replace(series, window=None)
    warning = f"Series {series.number} was compressed with loss: fine detail may be missing."
    return LoadedSeries(
        found.patient, found.study, series, tuple(read), (warning,) if is_lossy else ()
    )


def _read_volume(source: SourceFile, sandbox: Sandbox, stop_requested: StopRequested) -> Volume:
    try:
        volume = sandbox.run(_READ_VOLUME, source.path, stop_requested)
    except InputError as error:
        raise InputError(f"{source.name} can't be read. {error.message}", error.context) from error
    if not isinstance(volume, Volume):
        raise TypeError(f"Not a volume: {type(volume).__name__}")
    return volume
