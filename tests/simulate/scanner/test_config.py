import pytest

from spinegrader.errors import InputError
from spinegrader.simulate.scanner.config import AcquisitionConfig


@pytest.mark.parametrize(
    "wrong",
    [
        {"slices": 0},
        {"rows": 10},
        {"columns": 2000},
        {"slice_thickness_mm": 9.0},
        {"slice_thickness_mm": 4.0, "slice_distance_mm": 3.0},
        {"slice_distance_mm": 4.0},
        {"samples_per_slice": 0},
        {"sequences": ()},
        {"sequences": ("T2", "T2")},
        {"sequences": ("FLAIR",)},
    ],
)
def test_impossible_sizes_are_refused(wrong):
    with pytest.raises(InputError):
        AcquisitionConfig(**wrong)
