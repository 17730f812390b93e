"""A label map becomes the proposed overlay of a series, undoably, and never in silence."""

import numpy as np
import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.overlays import OverlayState
from spinegrader.errors import CancelledError, InputError, InvalidEditError
from spinegrader.imaging.mask_conventions import Convention
from spinegrader.services import annotating
from spinegrader.services.masks import apply_mask, import_mask, read_mask, series_for_mask
from spinegrader.services.session import Session
from tests.imaging.painted_masks import LUMBAR, painted, spine, write_map
from tests.services.conftest import GEOMETRY

SERIES = "1.2.11.1"
LEVELS = LUMBAR[2:]


@pytest.fixture(scope="module")
def mask(tmp_path_factory):
    labels = painted(spine(LEVELS, top_mm=-100), GEOMETRY, Convention.TOTALSPINESEG)
    return write_map(tmp_path_factory.mktemp("masks") / "map.nii.gz", labels, GEOMETRY)


def test_vertebrae_are_proposed_and_undone(session, mask):
    report = import_mask(session, SERIES, mask)
    assert report.sentence() == "6 vertebrae by TotalSpineSeg: L1, L2, L3, L4, L5, S1."
    folder = session.store.folder
    overlay = session.state.overlay(SERIES)
    assert (overlay.state, overlay.author) == (OverlayState.PROPOSED, "TotalSpineSeg")
    assert [item.level for item in overlay.vertebrae] == list(LEVELS)
    truth = [bone.vertebra() for bone in spine(LEVELS, top_mm=-100)]
    for item, bone in zip(overlay.vertebrae, truth, strict=True):
        np.testing.assert_allclose(item.corners_mm, bone.corners_mm, atol=2.3)
    again = Session.open(folder, "B")
    assert again.state.overlay(SERIES) == overlay
    again.close()
    assert session.undo_title == "Import label map"
    session.undo()
    assert session.state.overlay(SERIES) is None


def test_the_same_map_twice_changes_nothing_more(session, mask):
    import_mask(session, SERIES, mask, Convention.TOTALSPINESEG)
    import_mask(session, SERIES, mask)
    session.undo()
    assert session.state.overlay(SERIES) is None


def test_confirmed_vertebrae_stay_unless_told(overlaid, mask):
    annotating.confirm(overlaid, SERIES)
    before = overlaid.state.overlay(SERIES)
    with pytest.raises(InvalidEditError, match="confirmed"):
        import_mask(overlaid, SERIES, mask)
    assert overlaid.state.overlay(SERIES) == before
    import_mask(overlaid, SERIES, mask, replace_confirmed=True)
    assert overlaid.state.overlay(SERIES).author == "TotalSpineSeg"
    overlaid.undo()
    assert overlaid.state.overlay(SERIES) == before


def test_what_changed_while_it_was_read_counts(session, mask):
    report = read_mask(series_for_mask(session, SERIES), mask)
    apply_mask(session, report, replace_confirmed=False)
    annotating.confirm(session, SERIES)
    with pytest.raises(InvalidEditError, match="confirmed"):
        apply_mask(session, report, replace_confirmed=False)


def test_reading_can_be_stopped(session, mask):
    series = series_for_mask(session, SERIES)
    with pytest.raises(CancelledError):
        read_mask(series, mask, stop_requested=lambda: True)


def test_wrong_input_changes_nothing(session, mask, tmp_path):
    with pytest.raises(InputError, match=r"no series 9\.9"):
        import_mask(session, "9.9", mask)
    (tmp_path / "broken.nii.gz").write_bytes(b"\x1f\x8b" + bytes(200))
    with pytest.raises(InputError, match=r"broken\.nii\.gz"):
        import_mask(session, SERIES, tmp_path / "broken.nii.gz")
    with pytest.raises(InputError, match=r"gone\.mha"):
        import_mask(session, SERIES, tmp_path / "gone.mha")
    with pytest.raises(InputError, match="SPIDER doesn't know most labels"):
        import_mask(session, SERIES, mask, Convention.SPIDER)
    assert session.state.overlay(SERIES) is None
    assert session.undo_title is None


def test_json_holds_vertebrae_and_discs(session, mask):
    document = import_mask(session, SERIES, mask).as_json()
    assert document["uid"] == SERIES
    assert document["convention"] == "totalspineseg"
    first = document["vertebrae"][0]
    assert (first["level"], np.shape(first["corners_mm"])) == ("L1", (4, 3))
    assert 0.9 < first["confidence"] <= 1
    assert [disc["level"] for disc in document["discs"]][-1] == "L5/S1"
    assert VertebraLevel(first["level"]) is VertebraLevel.L1
