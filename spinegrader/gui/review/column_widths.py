"""How the columns of a table share the room that there is, so that none has to be scrolled to."""

from collections.abc import Sequence


def shared_widths(wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """As wide as wanted where there is room; else each gives up a like part of what it can spare.

    Args:
        wanted: Of each column, in pixels.
        least: Likewise; what a column can't do without.
        room: Of all columns.

    Returns:
        Widths that fill the room at most, unless the least ones together are wider.
    """
    spare = [max(0, full - low) for full, low in zip(wanted, least, strict=True)]
    lacking = sum(wanted) - room
    if lacking <= 0 or not any(spare):
        return list(wanted)
    share = min(1.0, lacking / sum(spare))
    # Rounded towards the least width: the sum may not exceed the room.
    return [
        full - min(part, -int(-part * share // 1)) for full, part in zip(wanted, spare, strict=True)
    ]
