"""What a reader said of levels that aren't drawn and of the count, in one line."""

from spinegrader.domain.numbering import CountingBasis, Numbering, Transition
from spinegrader.domain.overlays import Overlay

_SEPARATOR = " · "


def level_notes(overlay: Overlay | None) -> str:
    """Such as “S2 out of view · L5 sacralised, counted up from the sacrum”; may be empty."""
    if overlay is None:
        return ""
    notes = [f"{item.level} {item.absence}" for item in overlay.missing]
    numbering = _numbering_note(overlay.numbering)
    return _SEPARATOR.join([*notes, numbering] if numbering else notes)


def _numbering_note(numbering: Numbering) -> str:
    basis = ""
    if numbering.basis is not CountingBasis.NOT_STATED:
        basis = f"counted {numbering.basis}"
    if numbering.transition is Transition.NONE:
        return basis
    kind = str(numbering.transition)
    if numbering.transition is Transition.UNDETERMINED:
        kind = "transition undetermined"
    return f"{kind}, {basis}" if basis else kind
