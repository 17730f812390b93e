"""Who is related: twins and relatives stay in one part of the split, so that no test knows them.

Each pair is a setting of the project of its own, so that it is kept, merged and undone like
everything else, and older programs still read the project. The name of the setting is a hash:
names of settings are told in places where no patient is to be named.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import combinations

from spinegrader.domain.edits import Changes, EditGroup, SetSetting
from spinegrader.domain.links import families
from spinegrader.errors import InvalidEditError
from spinegrader.services.session import Session

_PREFIX = "relatives/"


def related_pairs(session: Session) -> tuple[tuple[str, str], ...]:
    """PatientIDs of two who are related, the smaller first, as they were stated."""
    found = []
    for name in session.state.settings:
        value = session.state.setting(name) if name.startswith(_PREFIX) else None
        if value is not None:
            one, other = json.loads(value)
            found.append((str(one), str(other)))
    return tuple(sorted(found))


def families_of(session: Session) -> tuple[tuple[str, ...], ...]:
    """PatientIDs of all who are related, directly or by another."""
    return families(related_pairs(session))


def state_relatives(session: Session, patients: Sequence[str]) -> Changes:
    """States that some patients are related, as one change that can be undone.

    Args:
        session: The open project.
        patients: PatientIDs.

    Raises:
        InvalidEditError: If they are fewer than two people, one isn't in the project, or it was
            stated before.
    """
    _require_known(session, patients)
    if len({session.state.person_of(item) for item in patients}) < 2:
        raise InvalidEditError("It takes two people to be related: name at least two patients.")
    known = set(related_pairs(session))
    wanted = combinations(sorted(set(patients)), 2)
    edits = tuple(_edit(session, pair, True) for pair in wanted if pair not in known)
    if not edits:
        raise InvalidEditError("These are stated to be related already.")
    return session.apply(EditGroup("State relatives", edits))


def take_relatives_back(session: Session, patients: Sequence[str]) -> Changes:
    """Takes back that some patients are related to anybody, as one change that can be undone.

    Args:
        session: The open project.
        patients: PatientIDs; those whom they were related to stay related to one another.

    Raises:
        InvalidEditError: If one isn't in the project, or none of them is related to anybody.
    """
    _require_known(session, patients)
    pairs = [pair for pair in related_pairs(session) if not set(patients).isdisjoint(pair)]
    if not pairs:
        raise InvalidEditError("None of these is stated to be related to anybody.")
    edits = tuple(_edit(session, pair, False) for pair in pairs)
    return session.apply(EditGroup("Take relatives back", edits))


def _require_known(session: Session, patients: Iterable[str]) -> None:
    if not session.state.patients.keys() >= set(patients):
        raise InvalidEditError("One of these patients is not in the project.")


def _edit(session: Session, pair: tuple[str, str], are_related: bool) -> SetSetting:
    text = json.dumps(pair)
    name = _PREFIX + hashlib.sha256(text.encode()).hexdigest()
    return SetSetting(name, session.state.setting(name), text if are_related else None)
