"""One small value per change to a project, with its inverse."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias, Union

from spinegrader.domain.flow import Flag, Sight
from spinegrader.domain.grades import Grade, ReadingMode, Reason
from spinegrader.domain.links import Kind
from spinegrader.domain.overlays import Overlay
from spinegrader.domain.predictions import Prediction
from spinegrader.domain.study import Patient, Series, Study


@dataclass(frozen=True)
class ImportStudies:
    """Everything that one import brings in; all or nothing, and not undone."""

    patients: tuple[Patient, ...]
    studies: tuple[Study, ...]
    series: tuple[Series, ...]
    kind: Literal["import"] = "import"

    @property
    def title(self) -> str:
        """What the change is called in menus."""
        return "Import"

    def inverse(self, at: datetime) -> "Edit | None":
        """None: imported images stay."""
        del at
        return None


@dataclass(frozen=True)
class SetOverlay:
    """The overlay of a series before and after; None where there is none."""

    series_uid: str
    before: Overlay | None
    after: Overlay | None
    title: str = "Change overlay"
    kind: Literal["overlay"] = "overlay"

    def inverse(self, at: datetime) -> "Edit | None":
        """The change back."""
        del at
        return SetOverlay(self.series_uid, before=self.after, after=self.before, title=self.title)


@dataclass(frozen=True)
class SetGrade:
    """A reader's answer, and the one that it supersedes."""

    before: Grade | None
    after: Grade
    kind: Literal["grade"] = "grade"

    @property
    def title(self) -> str:
        """What the change is called in menus."""
        is_adjudicated = self.after.mode is ReadingMode.ADJUDICATED
        return f"{'Adjudicate' if is_adjudicated else 'Grade'} {self.after.key.disc}"

    def inverse(self, at: datetime) -> "Edit | None":
        """A further revision that says again what was said before, or takes the answer back."""
        if self.before is None or self.before.is_open:
            return SetGrade(before=self.after, after=self.after.withdrawn(at, Reason.UNDONE))
        after = self.before.superseding(self.after, at, Reason.UNDONE)
        return SetGrade(before=self.after, after=after)


@dataclass(frozen=True)
class AddPredictions:
    """Grades of a model, kept beside the readers' own; not undone."""

    predictions: tuple[Prediction, ...]
    kind: Literal["predictions"] = "predictions"

    @property
    def title(self) -> str:
        """What the change is called in menus."""
        return "Add predictions"

    def inverse(self, at: datetime) -> "Edit | None":
        """None: predictions are immutable."""
        del at
        return None


@dataclass(frozen=True)
class SetSetting:
    """A setting of the project (which gradings are asked, say), as JSON text."""

    name: str
    before: str | None
    after: str | None
    kind: Literal["setting"] = "setting"

    @property
    def title(self) -> str:
        """What the change is called in menus."""
        return "Change project setting"

    def inverse(self, at: datetime) -> "Edit | None":
        """The change back."""
        del at
        return SetSetting(self.name, before=self.after, after=self.before)


@dataclass(frozen=True)
class LinkPatients:
    """The record that a patient record stands with as one person; None where it has none."""

    patient_id: str
    before: str | None
    after: str | None
    kind: Literal["link-patient"] = "link-patient"

    @property
    def title(self) -> str:
        """What the change is called in menus."""
        return "Split patient" if self.after is None else "Merge patients"

    def inverse(self, at: datetime) -> "Edit | None":
        """The change back."""
        del at
        return LinkPatients(self.patient_id, before=self.after, after=self.before)


@dataclass(frozen=True)
class LinkStudies:
    """The study that a study is a duplicate of; None where it is one of its own."""

    study_uid: str
    before: str | None
    after: str | None
    kind: Literal["link-study"] = "link-study"

    @property
    def title(self) -> str:
        """What the change is called in menus."""
        return "Split studies" if self.after is None else "Merge studies"

    def inverse(self, at: datetime) -> "Edit | None":
        """The change back."""
        del at
        return LinkStudies(self.study_uid, before=self.after, after=self.before)


@dataclass(frozen=True)
class KeepApart:
    """Whether two records are known not to be the same, so that nobody asks again."""

    records: Kind
    first: str
    second: str
    before: bool
    after: bool
    kind: Literal["keep-apart"] = "keep-apart"

    @property
    def title(self) -> str:
        """What the change is called in menus."""
        return "Keep apart"

    def inverse(self, at: datetime) -> "Edit | None":
        """The change back."""
        del at
        return KeepApart(
            self.records, self.first, self.second, before=self.after, after=self.before
        )


@dataclass(frozen=True)
class SetFlag:
    """The flag of a study before and after; None where there is none."""

    study_uid: str
    before: Flag | None
    after: Flag | None
    kind: Literal["flag"] = "flag"

    @property
    def title(self) -> str:
        """What the change is called in menus."""
        return "Lower flag" if self.after is None else "Flag study"

    def inverse(self, at: datetime) -> "Edit | None":
        """The change back."""
        del at
        return SetFlag(self.study_uid, before=self.after, after=self.before)


@dataclass(frozen=True)
class SetReading:
    """Which reading of a study is asked of a reader: 1 is the first, 2 and on repeat it."""

    study_uid: str
    reader: str
    before: int
    after: int
    kind: Literal["reading"] = "reading"

    @property
    def title(self) -> str:
        """What the change is called in menus."""
        return "Ask for a repeated reading"

    def inverse(self, at: datetime) -> "Edit | None":
        """The change back."""
        del at
        return SetReading(self.study_uid, self.reader, before=self.after, after=self.before)


@dataclass(frozen=True)
class NoteSight:
    """A reader has seen a model's or another reader's grades of a study; not undone."""

    sight: Sight
    kind: Literal["sight"] = "sight"

    @property
    def title(self) -> str:
        """What the change is called in menus."""
        return "Look at other grades"

    def inverse(self, at: datetime) -> "Edit | None":
        """None: what was seen was seen."""
        del at
        return None


@dataclass(frozen=True)
class EditGroup:
    """Several changes that are made, kept and undone as one."""

    title: str
    edits: tuple["SingleEdit", ...]
    kind: Literal["group"] = field(default="group")

    def inverse(self, at: datetime) -> "Edit | None":
        """The inverses in reverse order; None if one of them has none."""
        inverses: list[SingleEdit] = []
        for edit in reversed(self.edits):
            inverse = edit.inverse(at)
            if inverse is None or isinstance(inverse, EditGroup):
                return None
            inverses.append(inverse)
        return EditGroup(self.title, tuple(inverses))


SingleEdit: TypeAlias = Union[
    ImportStudies,
    SetOverlay,
    SetGrade,
    AddPredictions,
    SetSetting,
    LinkPatients,
    LinkStudies,
    KeepApart,
    SetFlag,
    SetReading,
    NoteSight,
]
Edit: TypeAlias = Union[SingleEdit, EditGroup]


def single_edits(edit: Edit) -> tuple[SingleEdit, ...]:
    """The changes that an edit is made of, in order."""
    return edit.edits if isinstance(edit, EditGroup) else (edit,)


def linked_record(edit: LinkPatients | LinkStudies) -> tuple[Kind, str]:
    """What a link is of, and which record it is about."""
    if isinstance(edit, LinkPatients):
        return Kind.PATIENTS, edit.patient_id
    return Kind.STUDIES, edit.study_uid


@dataclass(frozen=True)
class Changes:
    """What an edit touched, so that views know what to redraw."""

    studies: bool = False
    overlays: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()
    predictions: frozenset[str] = frozenset()
    settings: bool = False
    flow: frozenset[str] = frozenset()
    """Studies whose flag, asked reading or blinding changed."""

    def __or__(self, other: "Changes") -> "Changes":
        return Changes(
            self.studies or other.studies,
            self.overlays | other.overlays,
            self.grades | other.grades,
            self.predictions | other.predictions,
            self.settings or other.settings,
            self.flow | other.flow,
        )

    def __bool__(self) -> bool:
        return self != Changes()
