"""Who looks like one person, in any script; and who must not."""

from datetime import date

import numpy as np
import pytest

from spinegrader.domain.study import Patient
from spinegrader.services import likeness as module
from spinegrader.services.likeness import (
    alike_pairs,
    comparison,
    is_somebody_else,
    likeness,
    with_own_id,
)
from spinegrader.services.names import Alike, compare_names

BORN = date(1973, 7, 6)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Yilmaz^Ayse", "YILMAZ^AYŞE"),
        ("Müller^Jörg", "muller^jorg"),
        ("Smith^John", "John^Smith"),
        ("Smith^John", "Smith, John"),
        ("Smith^John^^Dr^Jr", "SMITH^JOHN"),
        ("O'Neill^Mary-Ann", "ONEILL^MARY ANN"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "ヤマダ^タロウ"),
        ("=山田^太郎", "山田太郎"),
        ("Yamada^Tarou=山田^太郎", "山田 太郎 (Yamada, Tarou)"),
        ("YAMADA TAROU", "山田 太郎 (Yamada, Tarou)"),
        ("Smith, Anna (Jones)", "SMITH^ANNA"),
        ("ﾔﾏﾀﾞ^ﾀﾛｳ", "ヤマダ^タロウ"),
        ("Ｙａｍａｄａ^Ｔａｒｏ", "Yamada^Taro"),
        ("Hong^Gildong=洪^吉洞=홍^길동", "홍^길동"),
        ("Люкceмбypг", "ЛЮКCEМБYPГ"),
        ("Øster^Łukasz", "Oster^Lukasz"),
        ("Straße^Anna", "STRASSE^ANNA"),
    ],
)
def test_one_name_written_twice_is_the_same(one, other):
    assert compare_names(one, other) is Alike.EQUAL
    assert compare_names(other, one) is Alike.EQUAL


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller^Jörg", "Mueller^Joerg"),
        ("Smith^John^Paul", "Smith^John"),
        ("Smith^J", "Smith^John"),
        ("Meyer^Michael", "Meier^Micheal"),
        ("García López^María", "Garcia^Maria"),
    ],
)
def test_spellings_initials_and_middle_names_are_alike(one, other):
    assert compare_names(one, other) is Alike.SIMILAR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", ""),
        ("Anonymous", "ANONYMOUS"),
        ("Anon^Patient", "anon^patient"),
        ("Smith^John", "Smith^Robert"),
        ("Smith^John", "Jones^John"),
        ("Smith", "Smith^John"),
        ("Li^Na", "Li^Wei"),
        ("Pat^000017", "Pat^000018"),
        ("ヤマダ^カホ", "ヤマダ^ガホ"),
        ("山田^太郎", "山田^次郎"),
        ("^^^", "="),
    ],
)
def test_other_names_missing_ones_and_placeholders_are_different(one, other):
    assert compare_names(one, other) is Alike.DIFFERENT


def test_the_birth_date_must_fit():
    one = Patient("1", "Smith^John", "M", BORN)
    assert likeness(one, Patient("2", "Smith^John", "M", BORN)).is_strong
    assert likeness(one, Patient("2", "Smith^Jon", "", BORN)) is not None
    swapped = date(1973, 6, 7)
    found = likeness(one, Patient("2", "JOHN^SMITH", "M", swapped))
    assert found.is_transposed
    assert not found.is_strong
    for other in (
        Patient("2", "Smith^Jon", "M", swapped),
        Patient("2", "Smith^John", "M", None),
        Patient("2", "Smith^John", "F", BORN),
        Patient("2", "Smith^John", "M", date(1973, 7, 7)),
        Patient("2", "", "M", BORN),
    ):
        assert likeness(one, other) is None
        assert likeness(other, one) is None
    nobody = Patient("3", "Smith^John", "M", date(1900, 1, 1))
    assert likeness(nobody, nobody) is None


def test_the_comparison_tells_what_agrees_and_nobody_s_name():
    text = comparison(Patient("1", "Smith^John", "M", BORN), Patient("2", "Roe^Max", "M", BORN))
    assert text == "Equal birth dates, same sex, different names."
    assert "missing" in comparison(Patient("1"), Patient("2"))


def test_pairs_are_found_each_once_and_only_those_asked_for():
    patients = {
        item.id: item
        for item in (
            Patient("a", "Smith^John", "M", BORN),
            Patient("b", "SMITH^JOHN", "M", BORN),
            Patient("c", "Smith^John", "M", date(1973, 6, 7)),
            Patient("d", "Smith^John", "M", date(1974, 7, 6)),
        )
    }
    found = [(one, other) for one, other, _ in alike_pairs(patients)]
    assert sorted(tuple(sorted(pair)) for pair in found) == [("a", "b"), ("a", "c"), ("b", "c")]
    some = [{one, other} for one, other, _ in alike_pairs(patients, frozenset({"c", "d"}))]
    assert sorted(map(sorted, some)) == [["a", "c"], ["b", "c"]]


@pytest.mark.parametrize("days", [25_000, 80, 1])
def test_of_thousands_of_records_few_are_compared(days, monkeypatch):
    """One birth date for all is a placeholder; one a year still tells something."""
    compared = []
    monkeypatch.setattr(module, "likeness", lambda *two: compared.append(two) or likeness(*two))
    rng = np.random.default_rng(8)
    syllables = ["ka", "ro", "mi", "ten", "sul", "bar", "ga", "li", "no", "ver"]
    words = ["".join(rng.choice(syllables, 3)) for _ in range(400)]
    patients = {}
    for number in range(2000):
        name = "^".join(rng.choice(words, 2))
        born = date.fromordinal(700_000 + int(rng.integers(days)) * (25_000 // days))
        patients[str(number)] = Patient(str(number), name, str(rng.choice(["F", "M"])), born)
    for number in range(0, 100, 2):
        twin = patients[str(number)]
        patients[f"t{number}"] = Patient(f"t{number}", twin.name.upper(), twin.sex, twin.birth_date)
    found = {frozenset((one, other)) for one, other, _ in alike_pairs(patients)}
    assert len(compared) < len(patients) * 20
    twins = {frozenset((f"t{number}", str(number))) for number in range(0, 100, 2)}
    assert twins <= found if days > 1 else not found


def test_a_patient_id_that_two_hospitals_gave_is_told_apart():
    known = Patient("17", "Smith^John", "M", BORN)
    other = Patient("17", "Garcia^Ana", "F", date(1950, 1, 2))
    assert is_somebody_else(known, other)
    assert is_somebody_else(known, Patient("17", "Garcia^Ana"))
    assert not is_somebody_else(known, Patient("17", "JOHN SMITH", "M", None))
    assert not is_somebody_else(known, Patient("17", "Jones^Joan", "M", BORN))
    assert not is_somebody_else(known, Patient("17"))
    own = with_own_id(other, [known])
    assert own.id.startswith("17~")
    assert with_own_id(other, [known, own]) == own
    assert with_own_id(known, [known]) == known
