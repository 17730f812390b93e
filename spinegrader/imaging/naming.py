"""Names: of files as a report shows them, and of people as file names tell them."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

VOLUME_ENDINGS = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd", ".nhdr")
"""The endings of volume files; the longest that fits counts."""

_LITTER = frozenset({".ds_store", ".localized", "thumbs.db", "ehthumbs.db", "desktop.ini"})
_LITTER_FOLDER = "__macosx"
# Words at the end of a file's name that tell the image, not the person.
_IMAGE_WORDS = (
    r"t1w?|t2w?|pdw?|stir|tirm|flair|dixon|space|cube|vista|tse|fse|se|gre|vibe|fs|fatsat"
    r"|sag|sagittal|ax|axial|tra|transversal|cor|coronal|image|img|mri?|mask|seg|dseg|labels?"
)
_TRAILING_WORDS = re.compile(rf"(?:(?:^|[_\-. ]+)(?:{_IMAGE_WORDS}))+$", re.IGNORECASE)
# The entities of the Brain Imaging Data Structure, version 1.10, “File name structure”.
_BIDS = re.compile(r"(?P<subject>sub-[a-z0-9]+)(?:_(?P<session>ses-[a-z0-9]+))?_", re.IGNORECASE)
_LABEL_WORDS = re.compile(
    r"(?<![a-z])(?:mask|seg|dseg|segmentation|label|labels|labelmap)(?![a-z])"
)


@dataclass(frozen=True)
class ToldByName:
    """Whose image a volume file is, as far as its name tells.

    Args:
        patient_id: ``sub-01`` of ``sub-01_ses-02_T2w``, ``12`` of ``12_t2_SPACE``; empty if
            the name tells only what is shown.
        session: ``ses-02``; empty where the name tells none.
    """

    patient_id: str
    session: str


def printable(name: str) -> str:
    """A name that any screen and file can take; different names stay different.

    Bytes that are no text in the system's encoding arrive as lone surrogates, and control and
    direction characters can make a name look like another one: both are spelt out.
    """
    if name.isprintable():
        return name
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in name
    )


def is_litter(name: str) -> bool:
    """Whether an operating system left the file there for itself.

    Args:
        name: With forward slashes.
    """
    *folders, file = name.lower().split("/")
    return file in _LITTER or file.startswith("._") or _LITTER_FOLDER in folders


def volume_ending(name: str) -> str:
    """The ending that makes a file a volume file, in lower case; empty if it is none."""
    lowered = name.lower()
    return next((ending for ending in VOLUME_ENDINGS if lowered.endswith(ending)), "")


def volume_stem(name: str) -> str:
    """The file's name without folders and ending."""
    file = PurePosixPath(name).name
    return file[: len(file) - len(volume_ending(file))]


def told_by_name(name: str) -> ToldByName:
    """Reads a person and a visit from a volume file's name.

    Where the name tells only what is shown (``t2.nii.gz``), the folder's name tells the person.

    Args:
        name: Relative to what the user chose, with forward slashes.
    """
    stem = volume_stem(name)
    entities = _BIDS.match(stem)
    if entities is not None:
        return ToldByName(entities["subject"], entities["session"] or "")
    patient_id = _TRAILING_WORDS.sub("", stem) or PurePosixPath(name).parent.name
    return ToldByName(patient_id, "")


def says_label_map(name: str) -> bool:
    """Whether the file's name calls it a mask, a segmentation or labels."""
    return _LABEL_WORDS.search(volume_stem(name).lower()) is not None
