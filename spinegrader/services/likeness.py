"""Which patient records look like one person, by birth date, sex and name."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from spinegrader.domain.study import Patient
from spinegrader.services.names import Alike, compare_names, parse_name
from spinegrader.texts import translate

_PLACEHOLDER_BIRTH_DATES = frozenset({dt.date(1900, 1, 1), dt.date(1800, 1, 1), dt.date(1, 1, 1)})

_MOST_OF_ONE_DAY = 200
"""A birth date that more records have stands for “not known”."""


@dataclass(frozen=True)
class Likeness:
    """Why two records look like one person.

    Args:
        names: How far their names agree.
        is_transposed: Whether day and month of the birth dates are exchanged.
        sex_is_known: Whether both records tell the sex (and the same one).
    """

    names: Alike
    is_transposed: bool
    sex_is_known: bool

    @property
    def is_strong(self) -> bool:
        """Whether nothing has to be explained away."""
        return self.names is Alike.EQUAL and not self.is_transposed and self.sex_is_known


def likeness(one: Patient, other: Patient) -> Likeness | None:
    """Why two records look like one person; None if they don't.

    Without a birth date, or without a name, nothing is concluded.
    """
    born, also_born = birth_date(one), birth_date(other)
    if born is None or also_born is None or not _sexes_fit(one, other):
        return None
    names = compare_names(one.name, other.name)
    is_transposed = born != also_born
    if is_transposed and (also_born != transposed(born) or names is not Alike.EQUAL):
        return None
    if names is Alike.DIFFERENT:
        return None
    return Likeness(names, is_transposed, bool(one.sex and other.sex))


def alike_pairs(
    patients: Mapping[str, Patient], of_interest: frozenset[str] | None = None
) -> Iterator[tuple[str, str, Likeness]]:
    """All pairs of records that look like one person, each once.

    Only records whose birth dates fit are compared, so that thousands take a moment.

    Args:
        patients: By PatientID.
        of_interest: Only pairs with one of these; None for all.
    """
    for group in _candidates(patients):
        for one, other in combinations(group, 2):
            if of_interest is not None and not of_interest & {one, other}:
                continue
            found = likeness(patients[one], patients[other])
            if found is not None:
                yield one, other, found


def _candidates(patients: Mapping[str, Patient]) -> Iterator[list[str]]:
    """Small groups; each pair worth comparing is in exactly one of them."""
    by_date: dict[dt.date, list[str]] = defaultdict(list)
    for record in sorted(patients):
        born = birth_date(patients[record])
        if born is not None and parse_name(patients[record].name):
            by_date[born].append(record)
    by_date = {born: group for born, group in by_date.items() if len(group) <= _MOST_OF_ONE_DAY}
    yield from (group for group in by_date.values() if len(group) > 1)
    for born, group in by_date.items():
        swapped = transposed(born)
        if swapped is not None and swapped > born and swapped in by_date:
            yield from ([one, other] for one in group for other in by_date[swapped])


def comparison(one: Patient, other: Patient) -> str:
    """In what two records agree and differ, without saying who it is."""
    born, also_born = birth_date(one), birth_date(other)
    if born is None or also_born is None:
        dates = translate("A birth date is missing")
    elif born == also_born:
        dates = translate("Equal birth dates")
    elif also_born == transposed(born):
        dates = translate("Birth dates equal but for day and month exchanged")
    else:
        dates = translate("Different birth dates")
    if not one.sex or not other.sex:
        sexes = translate("sex not told in both")
    else:
        sexes = translate("same sex") if one.sex == other.sex else translate("different sex")
    if not parse_name(one.name) or not parse_name(other.name):
        names = translate("a name is missing")
    else:
        words = {Alike.EQUAL: translate("same name"), Alike.SIMILAR: translate("similar names")}
        names = words.get(compare_names(one.name, other.name), translate("different names"))
    return f"{dates}, {sexes}, {names}."


def birth_date(patient: Patient) -> dt.date | None:
    """The birth date, unless it is one that stands for “not known”."""
    born = patient.birth_date
    return None if born in _PLACEHOLDER_BIRTH_DATES else born


def transposed(born: dt.date) -> dt.date | None:
    """The date with day and month exchanged; None where that is no date or the same."""
    if born.day > 12 or born.day == born.month:
        return None
    return born.replace(month=born.day, day=born.month)


def _sexes_fit(one: Patient, other: Patient) -> bool:
    return not {one.sex, other.sex} >= {"M", "F"}


# -- one PatientID, two people ---------------------------------------------------------------


def is_somebody_else(known: Patient, new: Patient) -> bool:
    """Whether two records of one PatientID are surely of two people.

    Hospitals count from 1 alike. It is said only where names or birth dates contradict each
    other and nothing speaks for one person.
    """
    born, also_born = birth_date(known), birth_date(new)
    are_named = bool(parse_name(known.name) and parse_name(new.name))
    if are_named and compare_names(known.name, new.name) is not Alike.DIFFERENT:
        return False
    if born is not None and also_born is not None:
        return born != also_born or (are_named and not _sexes_fit(known, new))
    return are_named


def with_own_id(new: Patient, known: Iterable[Patient]) -> Patient:
    """The record under an id of its own where its PatientID is taken by somebody else.

    The id follows from what the record says, so that another import of it arrives there too.

    Args:
        new: The record as it came.
        known: Records under its PatientID, in the project and in the same import.
    """
    if not any(is_somebody_else(item, new) for item in known):
        return new
    told = f"{new.name}|{new.sex}|{new.birth_date}"
    return replace(new, id=f"{new.id}~{hashlib.sha256(told.encode()).hexdigest()[:8]}")


def other_id_sentence(count: int) -> str:
    """The warning for records that came under an id of their own."""
    return (
        f"{count} PatientID{'' if count == 1 else 's'} had been given to somebody else before "
        "(another name or birth date): listed apart, under the id with “~” behind it. Merge them "
        "under “Same person?” if they are one."
    )
