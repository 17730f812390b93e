"""Every class of the scheme that comes with the program has a drawing of its own."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from spinegrader.domain.scheme import GradeClass, Grading, Scale
from spinegrader.gui.examples.catalogue import picture_of
from spinegrader.gui.examples.example_view import PICTURE_SIZE, ExampleView, paint_example
from spinegrader.services.resources import load_scheme

GRADINGS = load_scheme().gradings
by_grading = pytest.mark.parametrize("grading", GRADINGS, ids=lambda grading: grading.id)


def drawn(picture, scale: int = 1) -> np.ndarray:
    """The picture's greys, float, rows x columns."""
    image = QImage(PICTURE_SIZE * scale, QImage.Format.Format_RGB32)
    image.fill(0xFF00FF)
    painter = QPainter(image)
    painter.scale(scale, scale)
    paint_example(painter, picture)
    painter.end()
    bits = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return bits[..., :3].astype(float)


def pictures(grading: Grading) -> dict[int, np.ndarray]:
    return {value: drawn(picture_of(grading, value)) for value in grading.values}


@by_grading
def test_every_class_is_drawn_and_none_like_another(qapp, grading):
    found = pictures(grading)
    for (first, one), (second, other) in itertools.combinations(found.items(), 2):
        differs = (np.abs(one - other).max(axis=-1) > 40).mean()
        assert differs > 0.01, f"{grading.name} {first} and {second} look alike"


@by_grading
def test_drawings_fill_their_frame_and_are_no_larger_than_it(qapp, grading):
    background = np.array([255.0, 0.0, 255.0])
    for value, picture in pictures(grading).items():
        assert not (picture == background).all(axis=-1).any(), (grading.id, value)


def test_a_drawing_is_sharper_on_a_finer_screen(qapp):
    picture = picture_of(GRADINGS[0], 2)
    doubled = drawn(picture).repeat(2, axis=0).repeat(2, axis=1)
    fine = drawn(picture, 2)
    assert np.abs(np.diff(fine[..., 0], axis=0)).sum() > 0
    assert not np.array_equal(fine, doubled)


def test_signal_and_height_fall_from_grade_to_grade(qapp):
    """The middle of the disc, Pfirrmann I to V."""
    pfirrmann = pictures(GRADINGS[0])
    greys = [pfirrmann[value][43:48, 48:57].mean() for value in (1, 2, 3, 4, 5)]
    assert greys == sorted(greys, reverse=True)
    narrowing = [picture_of(GRADINGS[1], value).height for value in (0, 1, 2, 3)]
    assert narrowing == sorted(narrowing, reverse=True)


def test_slips_lie_in_their_quarter_of_the_endplate():
    slips = [picture_of(load_scheme().grading("spondylolisthesis"), v).slip for v in range(5)]
    assert slips[0] == 0
    for grade, slip in enumerate(slips[1:], start=1):
        assert (grade - 1) / 4 < slip < grade / 4


@pytest.mark.parametrize("side", ["upper", "lower"])
def test_modic_types_are_as_dark_and_bright_as_modic_says(qapp, side):
    """Marrow along the endplate on T1 and T2, beside that of a body without change."""
    grading = load_scheme().grading(f"modic_{side}")
    row = slice(31, 35) if side == "upper" else slice(55, 59)
    t1, t2 = slice(10, 40), slice(72, 102)
    found = pictures(grading)

    def change(value: int, columns: slice) -> int:
        difference = found[value][row, columns].mean() - found[0][row, columns].mean()
        return 0 if abs(difference) < 20 else int(np.sign(difference))

    assert [(change(value, t1), change(value, t2)) for value in (1, 2, 3)] == [
        (-1, 1),
        (1, 1),
        (-1, -1),
    ]


def test_herniations_follow_the_nomenclature():
    """A protrusion's base is wider than it reaches; an extrusion's head is wider than its base."""
    grading = load_scheme().grading("herniation")
    protrusion, extrusion, piece = (picture_of(grading, value) for value in (2, 3, 4))
    assert protrusion.base > protrusion.reach
    assert protrusion.base >= protrusion.head
    assert extrusion.head > extrusion.base
    assert extrusion.gap == 0 < piece.gap


def test_gradings_of_a_centre_have_none_unless_their_digits_are_the_same(qapp):
    own = Grading(
        "osteophytes",
        "Osteophytes",
        Scale.ORDINAL,
        (GradeClass(0, "a", "b"), GradeClass(1, "c", "d")),
    )
    assert picture_of(own, 1) is None
    shorter = replace(GRADINGS[0], classes=GRADINGS[0].classes[:4])
    assert picture_of(shorter, 1) is None
    translated = replace(GRADINGS[0], name="Pfirrmann-Grad")
    assert picture_of(translated, 1) is not None


def test_a_view_says_what_it_draws(qtbot):
    view = ExampleView()
    qtbot.addWidget(view)
    view.show_class(GRADINGS[0], GRADINGS[0].classes[0])
    assert view.accessibleDescription() == (
        "A drawing, sagittal: Homogeneous bright nucleus, normal height."
    )
    assert not view.isHidden()
    view.show_class(GRADINGS[0], None)
    assert view.isHidden()
