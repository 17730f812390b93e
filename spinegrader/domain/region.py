"""Which part of the body a series shows, from its coded body part or the words about it."""

import functools
import re
from enum import StrEnum


class Region(StrEnum):
    """A part of the spine, or something else."""

    LUMBAR = "lumbar"
    THORACIC = "thoracic"
    CERVICAL = "cervical"
    OTHER = "other"
    UNKNOWN = "unknown"


# Defined terms of BodyPartExamined (DICOM PS3.16, annex L) and what houses write in English,
# German, French and Spanish. The lumbar spine wins where several are named: whole spines and
# thoracolumbar fields show it too.
_WORDS: tuple[tuple[Region, str], ...] = (
    (
        Region.LUMBAR,
        (
            r"\bl[- _]?spine|lspine|lumb|\blws\b|lsp\b|\bls[- ]?spine|lendenwirbel|\blss\b"
            r"|tl[- ]?spine|\bwhole ?spine|wholespine"
        ),
    ),
    (Region.CERVICAL, r"\bc[- _]?spine|cspine|cervic|\bhws\b|halswirbel|\bneck\b"),
    (Region.THORACIC, r"\bt[- _]?spine|tspine|thora(?:c|k)|\bbws\b|brustwirbel|dorsal spine"),
    (
        Region.OTHER,
        (
            r"\bhead|brain|skull|knee|hip\b|shoulder|ankle|foot|hand|wrist|elbow|pelvis|abdomen"
            r"|chest|breast|prostate|heart|liver|pituitary|orbit|extremity|femur|thigh|thorax"
        ),
    ),
)


@functools.lru_cache(maxsize=4096)
def region_of(body_part: str, *descriptions: str) -> Region:
    """The part of the body, asked of the coded body part first.

    Args:
        body_part: BodyPartExamined; “SPINE” and the like tell no part.
        descriptions: Of series and study, in this order.
    """
    for text in (body_part, *descriptions):
        lowered = text.lower()
        for region, words in _WORDS:
            if re.search(words, lowered):
                return region
    return Region.UNKNOWN
