"""Enhanced multi-frame objects: each frame as if it were a classic single slice.

Functional groups and their modules: DICOM PS3.3, C.7.6.16 and C.8.13.5.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from spinegrader.errors import InputError
from spinegrader.imaging.element_reader import Raw
from spinegrader.imaging.elements import Elements, tag_of
from spinegrader.imaging.parsing import RawDataset

_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
_MOST_FRAMES = 20_000

_GROUPS = {
    "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness", "SpacingBetweenSlices"),
    "PlaneOrientationSequence": ("ImageOrientationPatient",),
    "PlanePositionSequence": ("ImagePositionPatient",),
    "FrameContentSequence": ("TemporalPositionIndex", "FrameAcquisitionNumber"),
    "MRTimingAndRelatedParametersSequence": ("RepetitionTime",),
    "MREchoSequence": ("EffectiveEchoTime",),
    "MRModifierSequence": ("InversionRecovery", "InversionTimes"),
    "MRImageFrameTypeSequence": ("FrameType",),
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth"),
}
# Enhanced name, its value representation, and the classic name of the same fact.
_CLASSIC = (
    ("EffectiveEchoTime", b"FD", "EchoTime"),
    ("InversionTimes", b"FD", "InversionTime"),
    ("FrameType", b"CS", "ImageType"),
    ("TemporalPositionIndex", b"UL", "TemporalPositionIdentifier"),
    ("FrameAcquisitionNumber", b"US", "AcquisitionNumber"),
)


def is_multi_frame(elements: Elements) -> bool:
    """Whether a file holds its slices as frames."""
    return elements.whole("NumberOfFrames") > 1 or bool(elements.bytes_of(_PER_FRAME))


@cache
def _group_tags() -> frozenset[int]:
    return frozenset(tag_of(keyword) for keyword in _GROUPS)


@cache
def _element_tags() -> frozenset[int]:
    return frozenset(tag_of(keyword) for group in _GROUPS.values() for keyword in group)


def frames_of(elements: Elements) -> Iterator[Elements]:
    """Each frame's elements under the names that single slices use.

    Raises:
        InputError: If the frames don't say where they lie.
    """
    per_frame = elements.items(_PER_FRAME, _group_tags())
    count = max(1, elements.whole("NumberOfFrames"))
    if not per_frame:
        raise InputError(
            "It holds many pictures in one file that don't say where they lie: export the"
            " original images."
        )
    if len(per_frame) != count or count > _MOST_FRAMES:
        raise InputError(
            f"It promises {count} frames and describes {len(per_frame)}: export it again."
        )
    top = {tag: raw for tag, raw in elements.raw.values.items() if tag not in _heavy()}
    for shared in elements.items(_SHARED, _group_tags())[:1]:
        top |= _flattened(shared)
    for frame in per_frame:
        yield _classic(elements.raw, top | _flattened(frame))


@cache
def _heavy() -> frozenset[int]:
    return frozenset({tag_of(_SHARED), tag_of(_PER_FRAME)})


def _flattened(groups: Elements) -> dict[int, Raw]:
    values: dict[int, Raw] = {}
    for group in _GROUPS:
        for item in groups.items(group, _element_tags())[:1]:
            values |= item.raw.values
    return values


def _classic(raw: RawDataset, values: dict[int, Raw]) -> Elements:
    for enhanced, representation, classic in _CLASSIC:
        found = values.get(tag_of(enhanced))
        if found is not None:
            values[tag_of(classic)] = representation, found[1]
    frame = replace(raw, values=values)
    elements = Elements(frame)
    if elements.text("InversionRecovery") == "YES":
        values[tag_of("ScanningSequence")] = b"CS", b"IR"
    elif elements.text("EchoPulseSequence") == "GRADIENT":
        values[tag_of("ScanningSequence")] = b"CS", b"GR"
    return elements
