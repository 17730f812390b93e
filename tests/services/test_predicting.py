"""A prediction tells how far it is and can be stopped in the middle of the grading."""

import pytest

from spinegrader.errors import CancelledError
from spinegrader.services.cutting import CuttingProgress
from spinegrader.services.graders import shipped_grader_folder
from spinegrader.services.predicting import GradingProgress, predict_plan
from tests.services.test_graders import ignore, never


def test_discs_are_graded_a_part_at_a_time_and_none_is_missing(overlaid):
    told = []
    predictions = predict_plan(overlaid, shipped_grader_folder()).run(told.append, never)
    assert [event.done for event in told if isinstance(event, GradingProgress)] == [0, 16]
    assert {event.total for event in told if isinstance(event, CuttingProgress)} == {18}
    assert len({(item.study_uid, item.disc) for item in predictions}) == 18
    again = predict_plan(overlaid, shipped_grader_folder()).run(ignore, never)
    assert [item.probabilities for item in again] == [item.probabilities for item in predictions]


def test_a_stop_is_heard_between_two_parts(overlaid):
    told = []

    def stop_requested():
        return any(isinstance(event, GradingProgress) for event in told)

    with pytest.raises(CancelledError):
        predict_plan(overlaid, shipped_grader_folder()).run(told.append, stop_requested)
    assert sum(isinstance(event, GradingProgress) for event in told) == 1
