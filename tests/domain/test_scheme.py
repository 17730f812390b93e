import pytest

from spinegrader.domain.scheme import Scale, Scheme
from spinegrader.errors import InputError
from spinegrader.services.resources import load_scheme


def test_the_scheme_that_ships_is_whole():
    scheme = load_scheme()
    assert scheme.grading("pfirrmann").values == (1, 2, 3, 4, 5)
    assert scheme.grading("pfirrmann").scale is Scale.ORDINAL
    assert scheme.grading("modic_upper").scale is Scale.NOMINAL
    assert all(entry.meaning for item in scheme.gradings for entry in item.classes)
    assert set(scheme.asked_by_default) <= {item.id for item in scheme.gradings}
    assert scheme.grading("narrowing").label_of(3) == "severe"


def test_missing_or_doubled_parts_are_named():
    with pytest.raises(InputError, match="incomplete"):
        Scheme.from_mapping({"id": "x", "version": 1, "name": "X"})
    one = {
        "id": "g",
        "name": "G",
        "scale": "ordinal",
        "classes": [{"value": v, "label": "", "meaning": ""} for v in (0, 1)],
    }
    doubled = {"id": "x", "version": 1, "name": "X", "asked_by_default": [], "gradings": [one, one]}
    with pytest.raises(InputError, match="twice"):
        Scheme.from_mapping(doubled)
    falling = one | {"classes": [{"value": v, "label": "", "meaning": ""} for v in (1, 0)]}
    with pytest.raises(InputError, match="rising digits"):
        Scheme.from_mapping(doubled | {"gradings": [falling]})
