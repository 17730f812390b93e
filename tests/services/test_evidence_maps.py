"""Maps lie where the network looked, come from the very model, and are kept."""

from dataclasses import replace

import numpy as np
import pytest

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import SetOverlay
from spinegrader.errors import CancelledError, SpineGraderError, TrainingError
from spinegrader.imaging.crop_places import disc_place
from spinegrader.imaging.crops import disc_volume
from spinegrader.imaging.volume import Volume
from spinegrader.services.evidence_maps import EvidenceMaps, PlacedEvidence, evidence_request
from tests.imaging.test_crop_places import ASKEW, GEOMETRY, tilted
from tests.services.flow_project import STUDY
from tests.services.test_graders import predicted

__all__ = ["predicted"]

L4_L5 = DiscLevel.parse("L4/L5")
SHAPE = (5, 56, 112)


def never():
    return False


@pytest.mark.parametrize("geometry", [GEOMETRY, ASKEW])
def test_a_voxel_that_shines_in_the_crop_is_coloured_at_its_place_in_the_patient(geometry):
    overlay = tilted()
    centre_mm = np.asarray(overlay.disc(L4_L5).centre_mm)
    # 6 mm towards the back and 3 mm towards the feet, one slice further.
    aim = geometry.to_index(centre_mm + (0, 6, -3) + geometry.spacing_mm[2] * geometry.slice_normal)
    column, row, index = (round(value) for value in aim)
    dark = np.full(geometry.shape, 100.0, np.float32)
    bright = dark.copy()
    bright[index, row, column] = 300.0
    crops = [
        disc_volume(Volume(pixels, geometry), overlay, L4_L5, SHAPE) for pixels in (dark, bright)
    ]
    values = (crops[1] - crops[0]).astype(np.float32)
    evidence = PlacedEvidence(
        overlay.series_uid,
        L4_L5,
        values / values.max(),
        disc_place(geometry, overlay, L4_L5, SHAPE),
        geometry.shape[1:],
        has_moved=False,
    )
    shown = evidence.on_slice(index)
    assert shown.shape == geometry.shape[1:]
    found = np.unravel_index(shown.argmax(), shown.shape)
    assert found == (row, column)
    told_mm = geometry.to_mm((found[1], found[0], index))
    np.testing.assert_allclose(told_mm, geometry.to_mm((column, row, index)))
    assert shown.max() > 0.5
    assert evidence.has_slice(index)
    assert not evidence.on_slice(index - SHAPE[0]).any()
    assert not evidence.has_slice(index - SHAPE[0])


def one(session):
    return next(iter(session.state.predictions_of_study(STUDY).values()))


def test_the_shipped_models_grade_is_explained_once_and_kept(predicted):
    maps, prediction = EvidenceMaps(), one(predicted)
    request = evidence_request(predicted, prediction)
    assert maps.known(request.key) is None
    drawn = maps.draw(request, never)
    assert maps.known(request.key) is drawn
    assert (drawn.series_uid, drawn.disc) == (prediction.series_uid, prediction.disc)
    assert not drawn.has_moved
    maps.clear()
    assert maps.known(request.key) is None


def test_a_model_that_was_replaced_explains_nothing(predicted):
    other = replace(one(predicted), model_hash="0" * 64)
    with pytest.raises(TrainingError, match="no longer there"):
        EvidenceMaps().draw(evidence_request(predicted, other), never)
    gone = replace(one(predicted), run="finetune-gone")
    with pytest.raises(TrainingError, match="no longer there"):
        EvidenceMaps().draw(evidence_request(predicted, gone), never)


def test_without_vertebrae_there_is_nothing_to_lay_it_on(predicted):
    prediction = one(predicted)
    overlay = predicted.state.overlay(prediction.series_uid)
    predicted.apply(SetOverlay(prediction.series_uid, overlay, None))
    with pytest.raises(SpineGraderError, match="not drawn any more"):
        evidence_request(predicted, prediction)


def test_a_map_tells_how_far_it_is_and_can_be_given_up_between_two_batches(predicted):
    maps, told = EvidenceMaps(), []
    request = evidence_request(predicted, one(predicted))
    maps.draw(request, never, told.append)
    shares = [item.share for item in told[1:]]
    assert told[0].share is None
    assert len(shares) >= 4
    assert shares == sorted(shares)
    maps.clear()
    told.clear()
    with pytest.raises(CancelledError):
        maps.draw(request, lambda: bool(told) and told[-1].share == shares[2], told.append)
    assert told[-1].share == shares[2]
    assert maps.known(request.key) is None


def test_a_disc_that_nobody_looks_at_any_more_is_not_drawn(predicted):
    with pytest.raises(CancelledError):
        EvidenceMaps().draw(evidence_request(predicted, one(predicted)), lambda: True)
