"""The final answers in force: those that settle what two readers say differently."""

from collections.abc import Iterable, Mapping

from spinegrader.domain.anatomy import DiscLevel
from spinegrader.domain.edits import Edit, SetGrade
from spinegrader.domain.grades import Grade, GradeKey
from spinegrader.services.labels import is_adjudicated
from spinegrader.services.session import Session


def settled_in(session: Session, study_uid: str) -> Mapping[tuple[DiscLevel, str], Grade]:
    """The adjudicated answers of a study, the latest of each disc and grading."""
    return final_answers(session.seen.grades_of_study(study_uid))


def final_answers(grades: Iterable[Grade]) -> dict[tuple[DiscLevel, str], Grade]:
    """The adjudicated ones among a study's answers, the latest of each disc and grading."""
    found: dict[tuple[DiscLevel, str], Grade] = {}
    for grade in filter(is_adjudicated, grades):
        place = (grade.key.disc, grade.key.grading)
        if place not in found or found[place].graded_at < grade.graded_at:
            found[place] = grade
    return found


def adjudicated_key(edit: Edit | None) -> GradeKey | None:
    """What an edit settles, or opens again; None for all other edits."""
    if isinstance(edit, SetGrade) and is_adjudicated(edit.after):
        return edit.after.key
    return None
