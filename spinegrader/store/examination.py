"""Tasks that open HDF5 files nobody vouches for, to be done in a process that may be lost."""

from dataclasses import dataclass

from spinegrader.errors import InputError
from spinegrader.store.image_format import Affine, DamagedImageError, PixelArray, decode_image

READ_IMAGE = f"{__name__}:read_image"


@dataclass(frozen=True)
class ImageRequest:
    """An image file and what is wanted of it.

    Args:
        content: The whole file.
        name: The image that it must hold.
        slice_index: The only slice that is wanted; None for all.
    """

    content: bytes
    name: str
    slice_index: int | None = None


def read_image(request: ImageRequest) -> tuple[PixelArray, Affine]:
    """Pixels and affine of an image file that holds what its name says.

    Returns:
        Slices, rows, columns, or rows and columns if one slice was asked for; and the affine.

    Raises:
        InputError: If it holds something else.
    """
    try:
        pixels, affine = decode_image(request.content, request.name)
        return (pixels if request.slice_index is None else pixels[request.slice_index]), affine
    except (DamagedImageError, IndexError) as error:
        raise InputError("It is damaged.") from error
