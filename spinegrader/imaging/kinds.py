"""Which images are read: single MR slices as acquired; all others are named and set aside."""

from spinegrader.errors import InputError
from spinegrader.imaging.elements import Elements

_DIRECTORY = "1.2.840.10008.1.3.10"
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_LOCALISERS = frozenset({"LOCALIZER", "LOCALISER", "SCOUT", "SURVEY"})
# Values of ImageType (PS3.3 C.7.6.1.1.2, C.8.3.1.1.1 and vendors' own) of what was computed from
# slices. “DERIVED” alone says nothing: some scanners and archives put it on every image.
_DERIVED = frozenset(
    {
        "MPR", "REFORMATTED", "PROJECTION IMAGE", "MIP", "MIN IP", "MNIP", "VOLUME RENDERED",
        "SCREEN SAVE", "SCREENSHOT", "CSAPARALLEL", "SUBTRACTION", "SUB", "ADC", "FA", "TRACEW",
        "PROCESSED", "CSA MPR", "CSA 3D EDITOR", "3DRECON", "COMPOSED", "SCREEN CAPTURE",
    }
)  # fmt: skip


def check_kind(elements: Elements) -> None:
    """Refuses everything but MR slices as acquired.

    Raises:
        InputError: With the reason.
    """
    sop_class = elements.text("SOPClassUID")
    if _DIRECTORY in (sop_class, elements.text("MediaStorageSOPClassUID")):
        raise InputError("It is a DICOMDIR, an index of other files, and holds no image.")
    if elements.whole("Rows") < 1 or elements.whole("Columns") < 1:
        raise InputError("It holds no image, such as a report or a presentation state.")
    if sop_class.startswith(_SECONDARY_CAPTURE):
        raise InputError("It is a secondary capture, such as a screen shot, and no MR slice.")
    modality = elements.text("Modality")
    if modality != "MR":
        raise InputError(f"It is no MR image (modality {_short_code(modality)}).")
    if elements.whole("SamplesPerPixel") > 1 or not _is_grey(elements):
        raise InputError("It is a colour picture, such as a screen shot, and no MR slice.")
    kinds = frozenset(elements.texts("ImageType"))
    if kinds & _LOCALISERS:
        raise InputError("It is a localiser, for planning the other series.")
    if kinds & _DERIVED:
        raise InputError("It was computed from other images (derived), not acquired.")


def _is_grey(elements: Elements) -> bool:
    return elements.text("PhotometricInterpretation") in ("", "MONOCHROME1", "MONOCHROME2")


def _short_code(value: str) -> str:
    """A coded value for a message; anything that isn't a plain code is kept out of it."""
    return value if value.isalnum() and value.isascii() and len(value) <= 4 else "not told"
