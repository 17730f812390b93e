"""Whether an HDF5 file stands for itself: nothing in it leads to other files or foreign code."""

from collections.abc import Iterator

import h5py

from spinegrader.errors import InputError

_OWN_FILTERS = frozenset(
    {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
)
_SHOWN_CHARACTERS = 60
_LARGEST_BYTES = 2 << 30
"""Of all datasets, unpacked: a file of some kilobytes can promise any size."""
PLACE = "place in the file"
"""Names in an error what leads elsewhere."""


def datasets_in(file: h5py.File) -> Iterator[h5py.Dataset]:
    """Walks through a file and reads every attribute; yields each dataset once.

    Nothing is followed before it is known to stay inside of the file.

    Raises:
        InputError: If something leads out of the file, or needs code that HDF5 itself hasn't;
            its name is said.
    """
    seen: set[int] = set()
    total_bytes = 0
    waiting: list[tuple[str, h5py.HLObject]] = [("", file["/"])]
    while waiting:
        where, item = waiting.pop()
        address = int(h5py.h5o.get_info(item.id).addr)
        if address in seen:
            continue
        seen.add(address)
        if isinstance(item, h5py.Dataset):
            _require_own_storage(where, item)
        for name in item.attrs:
            item.attrs[name]
        if isinstance(item, h5py.Dataset):
            total_bytes += item.nbytes
            if total_bytes > _LARGEST_BYTES:
                raise InputError("It unfolds to more than a project can hold.")
            yield item
        elif isinstance(item, h5py.Group):
            waiting += _members(where, item)


def _members(where: str, group: h5py.Group) -> Iterator[tuple[str, h5py.HLObject]]:
    for name in group:
        place = f"{where}/{name}"
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise _leads_elsewhere(place, "is a link that may lead to other files")
        yield place, group[name]


def _require_own_storage(where: str, dataset: h5py.Dataset) -> None:
    plan = dataset.id.get_create_plist()
    if plan.get_layout() == h5py.h5d.VIRTUAL or plan.get_external_count():
        raise _leads_elsewhere(where, "takes its content from other files")
    filters = {plan.get_filter(number)[0] for number in range(plan.get_nfilters())}
    if not filters <= _OWN_FILTERS:
        raise _leads_elsewhere(where, "is packed with a filter from elsewhere")


def _leads_elsewhere(place: str, what: str) -> InputError:
    shown = "".join(letter for letter in place if letter.isprintable())[:_SHOWN_CHARACTERS]
    return InputError(f"“{shown}” in it {what}.", {PLACE: shown})


def reason_of(error: InputError) -> str:
    """Why a file isn't opened, as a sentence; empty where it is plainly damaged."""
    return error.message if PLACE in error.context else ""
