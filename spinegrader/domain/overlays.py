"""All that is drawn on one series: vertebrae, discs, and what is said of the count."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from spinegrader.domain.anatomy import (
    DiscLevel,
    VertebraLevel,
    can_be_shifted,
    discs_between,
    renumbered_from,
    shifted,
    skipped_between,
)
from spinegrader.domain.numbering import Absence, MissingLevel, Numbering, Reach
from spinegrader.domain.vertebrae import Disc, Vertebra, disc_between
from spinegrader.errors import InvalidEditError


class OverlayState(StrEnum):
    """Whether a reader has looked at an overlay and taken it for right."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Overlay:
    """All vertebrae and discs of one series; a value, never changed in place.

    The vertebrae stand from head to feet. The discs follow from them, but for those whose outline
    a reader has drawn or the detector has found.

    Args:
        series_uid: The series.
        vertebrae: From head to feet.
        state: Whether a reader has taken it for right.
        author: Who changed it last.
        edited_discs: Discs with an outline of their own, head to feet: drawn by a reader, or found
            by the detector.
        missing: Levels that are not drawn for a reason, head to feet.
        numbering: What the levels were counted from.

    Raises:
        InvalidEditError: If a level occurs twice or the order is broken, or an edited disc has no
            vertebrae around it.
    """

    series_uid: str
    vertebrae: tuple[Vertebra, ...]
    state: OverlayState = OverlayState.PROPOSED
    author: str = ""
    edited_discs: tuple[Disc, ...] = ()
    missing: tuple[MissingLevel, ...] = ()
    numbering: Numbering = field(default_factory=Numbering)

    def __post_init__(self) -> None:
        positions = [vertebra.level.position for vertebra in self.vertebrae]
        if any(below <= above for above, below in pairwise(positions)):
            raise InvalidEditError("The levels must run from head to feet, each only once.")
        gone = [item.level.position for item in self.missing]
        if any(below <= above for above, below in pairwise(gone)) or set(gone) & set(positions):
            raise InvalidEditError("A vertebra can't be drawn and missing at once.")
        drawn = [disc.level for disc in self.edited_discs]
        if len(set(drawn)) != len(drawn) or not set(drawn) <= set(self.spaces):
            raise InvalidEditError("A disc is drawn between two vertebrae that aren't there.")

    @cached_property
    def spaces(self) -> dict[DiscLevel, tuple[Vertebra, Vertebra]]:
        """The vertebrae around each disc: neighbours with nothing left out between them."""
        absent = {item.level for item in self.missing if item.absence is Absence.ABSENT}
        bodies = {body.level: body for body in self.vertebrae}
        return {
            disc: (bodies[disc.upper], bodies[disc.lower])
            for disc in discs_between([*bodies], absent)
        }

    @cached_property
    def discs(self) -> tuple[Disc, ...]:
        """One disc for each pair of neighbouring vertebrae, head to feet."""
        edited = {disc.level: disc for disc in self.edited_discs}
        return tuple(
            edited.get(level) or disc_between(upper, lower)
            for level, (upper, lower) in self.spaces.items()
        )

    def vertebra(self, level: VertebraLevel) -> Vertebra | None:
        """The vertebra of that level, if it is there."""
        return next((item for item in self.vertebrae if item.level == level), None)

    def disc(self, level: DiscLevel) -> Disc | None:
        """The disc of that level, if it is there."""
        return next((item for item in self.discs if item.level == level), None)

    def is_edited(self, level: DiscLevel) -> bool:
        """Whether that disc has an outline of its own, drawn or found."""
        return any(disc.level == level for disc in self.edited_discs)

    @property
    def is_doubtful(self) -> bool:
        """Whether the count was proposed, may be another one, and no reader has settled it."""
        return self.state is OverlayState.PROPOSED and self.numbering.doubt is not None

    def absence_of(self, level: VertebraLevel) -> Absence | None:
        """Why a level isn't drawn, where a reader has said so."""
        return next((item.absence for item in self.missing if item.level == level), None)

    # -- the overlay with a change ----------------------------------------------------------

    def with_vertebra(self, vertebra: Vertebra) -> "Overlay":
        """The overlay with that vertebra put in the place of the one of the same level.

        Outlines that were found beside it follow the vertebrae from then on; drawn ones stay.
        """
        others = [item for item in self.vertebrae if item.level != vertebra.level]
        ordered = sorted([*others, vertebra], key=lambda item: item.level.position)
        return self._with_vertebrae(ordered)

    def without(self, level: VertebraLevel) -> "Overlay":
        """The overlay without the vertebra of that level."""
        return self._with_vertebrae([item for item in self.vertebrae if item.level != level])

    def with_missing(self, level: VertebraLevel, absence: Absence | None) -> "Overlay":
        """The overlay with a word about a level that isn't drawn; None takes the word back."""
        marks = [item for item in self.missing if item.level != level]
        if absence is not None:
            marks.append(MissingLevel(level, absence))
        marks.sort(key=lambda item: item.level.position)
        bare = replace(self, edited_discs=(), missing=())
        left = [item for item in self.vertebrae if absence is None or item.level != level]
        return replace(bare, missing=tuple(marks), vertebrae=tuple(left))._with_edited(
            self.edited_discs
        )

    def with_disc(self, disc: Disc) -> "Overlay":
        """The overlay with the outline of one disc as a reader drew it."""
        others = [item for item in self.edited_discs if item.level != disc.level]
        drawn = replace(disc, is_found=False)
        return replace(self, edited_discs=tuple(sorted([*others, drawn], key=_disc_order)))

    def with_derived_disc(self, level: DiscLevel) -> "Overlay":
        """The overlay with the outline of one disc following its vertebrae again."""
        return replace(
            self, edited_discs=tuple(disc for disc in self.edited_discs if disc.level != level)
        )

    def shifted(self, steps: int) -> "Overlay":
        """The overlay with all levels moved ``steps`` towards the feet, and no doubt left.

        Raises:
            InvalidEditError: If a level would leave the known ones.
        """
        return self._renamed([shifted(item.level, steps) for item in self.vertebrae])

    def nameable(self, steps: int) -> "Overlay":
        """The overlay without the vertebrae that have no name ``steps`` further to the feet."""
        kept = [item for item in self.vertebrae if can_be_shifted(item.level, steps)]
        return self if len(kept) == len(self.vertebrae) else self._with_vertebrae(kept)

    def renumbered(self, level: VertebraLevel, name: VertebraLevel, reach: Reach) -> "Overlay":
        """The overlay with one vertebra renamed, and those in reach counted on from it.

        Whoever does that has looked at the count: no doubt is left.

        Args:
            level: The vertebra as it is called.
            name: What it is to be called.
            reach: Which of the others follow.

        Raises:
            InvalidEditError: If there is no such vertebra, a name would leave the known ones, or
                the names no longer run from head to feet.
        """
        levels = [item.level for item in self.vertebrae]
        if level not in levels:
            raise InvalidEditError(f"There is no {level} on this series.")
        anchor = levels.index(level)
        names = list(levels)
        names[anchor] = name
        if reach in (Reach.ABOVE, Reach.ALL):
            for steps in range(1, anchor + 1):
                names[anchor - steps] = renumbered_from(name, -steps)
        if reach in (Reach.BELOW, Reach.ALL):
            for steps in range(1, len(levels) - anchor):
                names[anchor + steps] = renumbered_from(name, steps)
        return self._renamed(names)

    def can_be_renumbered(self, level: VertebraLevel, name: VertebraLevel, reach: Reach) -> bool:
        """Whether :meth:`renumbered` would do it."""
        try:
            self.renumbered(level, name, reach)
        except InvalidEditError:
            return False
        return True

    def confirmed(self, author: str) -> "Overlay":
        """The overlay as looked at and taken for right by a reader, its count too."""
        sure = replace(self.numbering, doubt=None)
        return replace(self, state=OverlayState.CONFIRMED, author=author, numbering=sure)

    def with_other_count(self) -> "Overlay":
        """The overlay counted the other way that its doubt tells; neighbours stay neighbours.

        Vertebrae at either end that have no name by the other count are left out.

        Raises:
            InvalidEditError: If no other count is known, or it doesn't fit what is drawn now.
        """
        doubt = self.numbering.doubt
        if doubt is None or doubt.level is None or doubt.could_be is None:
            raise InvalidEditError("No other count is known for these vertebrae.")
        end = -1 if doubt.could_be.position > doubt.level.position else 0
        kept = self
        while (
            kept.vertebra(doubt.level) is not None
            and kept.vertebrae[end].level is not doubt.level
            and not kept.can_be_renumbered(doubt.level, doubt.could_be, doubt.reach)
        ):
            kept = kept.without(kept.vertebrae[end].level)
        return kept._recounted(doubt.level, doubt.could_be, doubt.reach)

    def _recounted(self, level: VertebraLevel, name: VertebraLevel, reach: Reach) -> "Overlay":
        """Renumbered; names that are left out between neighbours are marked as absent."""
        other = self.renumbered(level, name, reach)
        pairs = zip(pairwise(other.vertebrae), pairwise(self.vertebrae), strict=True)
        for (upper, lower), before in pairs:
            if before in self.spaces.values():
                for skipped in skipped_between(upper.level, lower.level):
                    other = other.with_missing(skipped, Absence.ABSENT)
        return other

    def _with_vertebrae(self, vertebrae: list[Vertebra]) -> "Overlay":
        """Other vertebrae; drawn outlines and words about levels stay as far as they fit."""
        there = {item.level for item in vertebrae}
        missing = tuple(item for item in self.missing if item.level not in there)
        bare = replace(self, vertebrae=tuple(vertebrae), edited_discs=(), missing=missing)
        same = {item.level for item in set(vertebrae) & set(self.vertebrae)}
        return bare._with_edited(
            tuple(
                disc
                for disc in self.edited_discs
                if not disc.is_found or {disc.level.upper, disc.level.lower} <= same
            )
        )

    def _with_edited(self, discs: tuple[Disc, ...]) -> "Overlay":
        fitting = tuple(disc for disc in discs if disc.level in self.spaces)
        return replace(self, edited_discs=fitting) if fitting else self

    def _renamed(self, names: list[VertebraLevel]) -> "Overlay":
        new_name = {item.level: name for item, name in zip(self.vertebrae, names, strict=True)}
        renamed = [replace(item, level=new_name[item.level]) for item in self.vertebrae]
        order = [item.level.position for item in renamed]
        if any(below <= above for above, below in pairwise(order)):
            raise InvalidEditError(
                "Two vertebrae would bear one name, or stand in the wrong order: renumber those "
                "above or below along with this one."
            )
        discs = tuple(
            replace(disc, level=DiscLevel(new_name[disc.level.upper], new_name[disc.level.lower]))
            for disc in self.edited_discs
        )
        sure = replace(self.numbering, doubt=None)
        bare = replace(self, edited_discs=(), numbering=sure)
        return bare._with_vertebrae(renamed)._with_edited(discs)


def _disc_order(disc: Disc) -> tuple[int, int]:
    return disc.level.upper.position, disc.level.lower.position
