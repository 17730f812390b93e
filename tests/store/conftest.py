"""Projects to work with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from spinegrader.store.project import ProjectStore
from tests.store.store_samples import edits_of_every_kind, make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "lumbar"


@pytest.fixture
def store(folder: Path) -> Iterator[ProjectStore]:
    opened = ProjectStore.create(folder)
    yield opened
    opened.close(compact=False)


@pytest.fixture
def filled(store: ProjectStore) -> ProjectStore:
    for edit in edits_of_every_kind():
        make(store, edit)
    return store
