"""The first look at any file, in a child process."""

from dataclasses import dataclass

from spinegrader.errors import InputError
from spinegrader.imaging.archives import is_archive
from spinegrader.imaging.files import VolumeHeader, is_volume_file, read_volume_header
from spinegrader.imaging.headers import read_headers
from spinegrader.imaging.naming import VOLUME_ENDINGS
from spinegrader.imaging.slices import SliceHeader
from spinegrader.imaging.sources import SourceFile


@dataclass(frozen=True)
class UnnamedArchive:
    """A zip archive whose name doesn't call it one."""


def look_at(source: SourceFile) -> tuple[SliceHeader, ...] | VolumeHeader | UnnamedArchive:
    """What a file is, without its pixels.

    Raises:
        InputError: If it holds nothing that can be read; the reason, without the file's name.
    """
    if source.name.lower().endswith(VOLUME_ENDINGS) and is_volume_file(source.path):
        return read_volume_header((source.path, source.name))
    try:
        return read_headers(source)
    except InputError:
        if is_archive(source.path):
            return UnnamedArchive()
        raise
