"""Which subject trains, validates or tests; a person or a family is never in two parts."""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum

from spinegrader.domain.links import families

_TEST_SHARE = 0.1
_VALIDATION_SHARE = 0.1
_LEAST_TO_SPLIT = 3
_LEAST_FOR_PAIRS = 8


class Part(StrEnum):
    """What a subject's images are used for."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


def split_subjects(
    subjects: Iterable[str], seed: int = 0, relatives: Iterable[Iterable[str]] = ()
) -> dict[str, Part]:
    """Splits subjects about 80:10:10 by a keyed hash of each one's token.

    A subject's place depends on its own token, so it stays when others are added. Small
    groups are the exception: from 3 subjects on there is at least one to validate and one to
    test, and from 4 on at least two to train; from 8 on at least two of each, since it takes
    two people to tell “same” from “different”. So the first additions may move somebody.

    Relatives count as one subject and go by the one of them that is soonest trained on: nobody
    who was trained on is tested later because of a twin, and nobody outside the family moves.

    Args:
        subjects: Anonymous tokens, repeated or not.
        seed: Key of the hash.
        relatives: Groups of tokens that always share a part, as do groups with a member in
            common. Tokens that are no subjects still join those that are.
    """
    known = set(subjects)
    groups = [*relatives, *((subject,) for subject in known)]
    place = {
        tuple(item for item in family if item in known): max(_place(item, seed) for item in family)
        for family in families(groups)
        if not known.isdisjoint(family)
    }
    ordered = sorted(place, key=lambda family: (place[family], family))
    if len(ordered) < _LEAST_TO_SPLIT:
        return dict.fromkeys(sorted(known), Part.TRAIN)
    least = 2 if len(ordered) >= _LEAST_FOR_PAIRS else 1
    test = max(least, sum(value < _TEST_SHARE for value in place.values()))
    held_out = sum(value < _TEST_SHARE + _VALIDATION_SHARE for value in place.values())
    validation = max(least, held_out - test)
    least_train = min(2, len(ordered) - 2)
    while len(ordered) - test - validation < least_train:
        if validation > 1:
            validation -= 1
        else:
            test -= 1
    parts = [Part.TEST] * test + [Part.VALIDATION] * validation
    parts += [Part.TRAIN] * (len(ordered) - len(parts))
    by_family = zip(ordered, parts, strict=True)
    return dict(sorted((subject, part) for family, part in by_family for subject in family))


def subjects_in(split: Mapping[str, Part], part: Part) -> tuple[str, ...]:
    """The subjects of one part, sorted."""
    return tuple(sorted(subject for subject, its_part in split.items() if its_part is part))


def _place(subject: str, seed: int) -> float:
    key = seed.to_bytes(8, "big", signed=True)
    digest = hashlib.blake2b(subject.encode(), key=key, digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
