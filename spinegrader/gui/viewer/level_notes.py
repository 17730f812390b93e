"""What a reader said of levels that aren't drawn and of the count, in a line."""

from spinegrader.domain.numbering import CountingBasis, Numbering, Transition
from spinegrader.domain.overlays import Overlay
from spinegrader.texts import translate

_SEPARATOR = " · "


def level_notes(overlay: Overlay | None, width: int) -> tuple[str, ...]:
    """Such as “S2 out of view · L5 sacralised, counted up from the sacrum”; may be empty.

    Args:
        overlay: Whose levels and count are meant.
        width: About how many letters fit in a line.
    """
    if overlay is None:
        return ()
    notes = [f"{item.level} {translate(str(item.absence))}" for item in overlay.missing]
    numbering = _numbering_notes(overlay.numbering)
    whole = ", ".join(numbering)
    notes += [whole] if whole and len(whole) <= width else numbering
    lines: list[str] = []
    for note in notes:
        if lines and len(lines[-1]) + len(_SEPARATOR) + len(note) <= width:
            lines[-1] += _SEPARATOR + note
        else:
            lines.append(note)
    return tuple(lines)


def _numbering_notes(numbering: Numbering) -> list[str]:
    """The kind of the junction, and what was counted from."""
    notes = []
    if numbering.transition is Transition.UNDETERMINED:
        notes.append(translate("transition undetermined"))
    elif numbering.transition is not Transition.NONE:
        notes.append(translate(str(numbering.transition)))
    if numbering.basis is not CountingBasis.NOT_STATED:
        notes.append(translate("counted {basis}").format(basis=translate(str(numbering.basis))))
    return notes
