"""The order of changes that several sessions make at once."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Stamp:
    """When and by which session a change was made; orders concurrent changes the same everywhere.

    Args:
        at: UTC in ISO 8601 with microseconds, so that text order is time order.
        session: Name of the session's journal.
        number: Place of the change in that journal.
    """

    at: str
    session: str
    number: int
