"""Which part of the spine a series shows."""

from dataclasses import replace

import pytest

from spinegrader.domain.geometry import VolumeGeometry
from spinegrader.domain.region import Region, region_of
from spinegrader.domain.study import Plane, Series, Weighting, reading_order

_GEOMETRY = VolumeGeometry.from_matrix(
    [[0, 0, 4, 0], [1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]], (15, 8, 8)
)
_SERIES = Series("1.2", "1.1", "", _GEOMETRY, Plane.SAGITTAL, Weighting.T2)


@pytest.mark.parametrize(
    ("body_part", "description", "region"),
    [
        ("LSPINE", "", Region.LUMBAR),
        ("SPINE", "T2 TSE SAG L-SPINE", Region.LUMBAR),
        ("", "LWS t2_tse_sag", Region.LUMBAR),
        ("CSPINE", "sag", Region.CERVICAL),
        ("", "HWS sag T2", Region.CERVICAL),
        ("TSPINE", "", Region.THORACIC),
        ("", "thoracolumbar T1 sag", Region.LUMBAR),
        ("TLSPINE", "", Region.LUMBAR),
        ("HEAD", "", Region.OTHER),
        ("SPINE", "t2_tse_sag", Region.UNKNOWN),
        ("", "", Region.UNKNOWN),
    ],
)
def test_region_is_told_by_code_and_words(body_part: str, description: str, region: Region) -> None:
    assert region_of(body_part, description) is region


def test_lumbar_series_is_proposed_before_the_neck() -> None:
    neck = replace(_SERIES, uid="1.3", body_part="CSPINE")
    lumbar_t1 = replace(_SERIES, uid="1.4", body_part="LSPINE", weighting=Weighting.T1)
    unknown = replace(_SERIES, uid="1.5", number=9)
    assert sorted([neck, lumbar_t1, unknown], key=reading_order) == [unknown, lumbar_t1, neck]
