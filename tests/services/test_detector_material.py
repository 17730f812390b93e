"""What is known of the pixels that a detector learns from."""

import numpy as np
import pytest

from spinegrader.imaging.detection.drawn import DrawnSlice
from spinegrader.model.detector.data import BODY, CANAL, DISC, UNKNOWN
from spinegrader.services.detector_material import SPACING_MM, labels_of

QUAD = np.asarray([(40, 60), (70, 60), (70, 80), (40, 80)], float)
OUTLINE = np.asarray([(40, 82), (70, 82), (70, 88), (40, 88)], float)
LOWER = QUAD + np.asarray((0, 30))
COLUMN = np.asarray([QUAD[0], QUAD[3], LOWER[0], LOWER[3], LOWER[2], LOWER[1], QUAD[2], QUAD[1]])


@pytest.fixture
def seen():
    """A teacher that is sure of nothing but what a test paints in, pixels of 1 mm."""
    return np.full((3, 160, 128), 0.4, np.float32)


@pytest.fixture
def look(seen):
    """The label at (x, y) millimetres."""
    drawn = DrawnSlice(
        2,
        (),
        np.stack([QUAD, LOWER]),
        np.asarray([7, 8], np.int8),
        (OUTLINE,),
        (COLUMN,),
    )

    def label(x, y):
        labels = labels_of(drawn, seen, (190, 150))
        return int(labels[round(y / SPACING_MM), round(x / SPACING_MM)])

    return label


def test_what_is_drawn_is_known_and_the_rest_is_not(look):
    assert look(55, 70) == BODY
    assert look(55, 85) == DISC
    assert look(55, 81) == 0
    assert look(20, 20) == UNKNOWN
    assert look(55, 57) == UNKNOWN


def test_in_front_of_a_body_is_no_body_and_behind_it_may_be_the_canal(look, seen):
    seen[2, :, 71:80] = 0.6
    assert look(37.6, 70) == 0
    assert look(72, 70) == CANAL
    assert look(78, 70) == UNKNOWN


def test_the_teacher_is_believed_where_it_is_sure_and_nobody_drew(look, seen):
    seen[:, 10:40, :] = 0.02
    seen[0, 12:32, 40:70] = 0.95
    seen[1, 34:38, 40:70] = 0.95
    seen[2, :, 85:95] = 0.95
    assert look(55, 20) == BODY
    assert look(55, 36) == DISC
    assert look(90, 20) == CANAL
    assert look(100, 20) == 0


def test_the_teacher_is_not_believed_where_a_reader_has_drawn(look, seen):
    seen[0] = 0.99
    assert look(55, 85) == DISC
    assert look(38, 70) == 0
    assert look(55, 56) == UNKNOWN
    assert look(55, 40) == BODY
