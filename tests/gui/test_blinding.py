"""Nothing in the window reaches for other grades but through the service that guards them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import spinegrader.gui

_GUI = Path(spinegrader.gui.__file__).parent
_RECORDS = {"predictions", "grades", "sights"}
"""Attributes of the project's state. ``Changes`` names two alike, which tell only studies."""
_QUESTIONS = {"predictions_of_study", "grades_of_study", "readings_of", "revisions_of"}
_OF_STATE = {"grade", "flag", "flags"}
_STATES = {"state", "seen"}
_SERVICES = {"spinegrader.services.labels", "spinegrader.services.exporting"}
_SAFE_SERVICES = {"spinegrader/gui/project_commands.py"}
"""Writes a table beside the window: nothing of it is shown."""


def breaches(source: str, name: str = "") -> Iterator[str]:
    """Where a module could get at grades that may have to stay out of sight."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and _is_breach(node):
            yield f"{name}:{node.lineno} {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom) and node.module in _SERVICES:
            yield f"{name}:{node.lineno} imports {node.module}"


def _is_breach(node: ast.Attribute) -> bool:
    owner = node.value
    owner_name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    if node.attr in _QUESTIONS:
        return True
    if node.attr in _RECORDS:
        return owner_name != "changes"
    return node.attr in _OF_STATE and owner_name in _STATES


def test_no_module_of_the_window_reads_grades_for_itself() -> None:
    found = []
    for path in sorted(_GUI.rglob("*.py")):
        name = path.relative_to(_GUI.parents[1]).as_posix()
        told = breaches(path.read_text(encoding="utf-8"), name)
        found += [item for item in told if name not in _SAFE_SERVICES or "imports" not in item]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "bool(session.state.predictions)",
        "state.predictions_of_study(uid)",
        "seen.grades_of_study(uid)",
        "bench.session.state.grades.get(key)",
        "session.seen.grade(key)",
        "session.state.flag(uid).text",
        "records = project.grades",
        "reading.readings_of(session, uid)",
        "from spinegrader.services.labels import labels_of",
    ],
)
def test_a_way_around_is_found(line: str) -> None:
    assert list(breaches(line))


@pytest.mark.parametrize("line", ["uid in changes.grades", "row.grade", "row.prediction"])
def test_what_a_service_hands_out_may_be_shown(line: str) -> None:
    assert list(breaches(line)) == []
