"""What a change is called where it is shown; the audit trail keeps its title in English."""

import re

from spinegrader.domain.edits import Edit
from spinegrader.domain.numbering import Absence
from spinegrader.texts import for_translation, translate

_TITLES = (
    for_translation("Accept predictions"),
    for_translation("Add predictions"),
    for_translation("Add {level}"),
    for_translation("Adjudicate {disc}"),
    for_translation("Ask for a repeated reading"),
    for_translation("Change overlay"),
    for_translation("Change project setting"),
    for_translation("Confirm overlay"),
    for_translation("Draw repeat readings (seed {seed})"),
    for_translation("Draw {level}"),
    for_translation("Find vertebrae"),
    for_translation("Flag study"),
    for_translation("Grade {disc}"),
    for_translation("Import"),
    for_translation("Import label map"),
    for_translation("Keep apart"),
    for_translation("Let {level} follow its vertebrae"),
    for_translation("Look at other grades"),
    for_translation("Lower flag"),
    for_translation("Mark {level} as {absence}"),
    for_translation("Merge patients"),
    for_translation("Merge studies"),
    for_translation("Move {level}"),
    for_translation("Place vertebrae"),
    for_translation("Read by the simulated reader"),
    for_translation("Remove {level}"),
    for_translation("Rename {level} to {name}"),
    for_translation("Reshape {level}"),
    for_translation("Rotate {level}"),
    for_translation("Set mid-slice of {level}"),
    for_translation("Shift levels"),
    for_translation("Split patient"),
    for_translation("Split studies"),
    for_translation("Take the other count"),
    for_translation("State numbering of levels"),
    for_translation("State relatives"),
    for_translation("Take relatives back"),
    for_translation("Unmark {level}"),
)
"""Fixed ones before those with values, of which the first that fits counts."""


def _pattern(title: str) -> re.Pattern[str]:
    """Finds the values of a title again: each stands for ``{its name}``."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(title)))


_FIXED = frozenset(title for title in _TITLES if "{" not in title)
_WITH_VALUES = {title: _pattern(title) for title in _TITLES if "{" in title}


def title_words(edit: Edit) -> str:
    """The title of a change in the reader's language; an unknown one stays as it is."""
    if edit.title in _FIXED:
        return translate(edit.title)
    for title, pattern in _WITH_VALUES.items():
        if found := pattern.fullmatch(edit.title):
            values = found.groupdict()
            if "absence" in values:
                values["absence"] = translate(str(Absence(values["absence"])))
            return translate(title).format(**values)
    return edit.title
