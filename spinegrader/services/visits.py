"""The visits of a person in their order in time."""

from spinegrader.domain.study import Study
from spinegrader.services.session import Session


def prior_visit(session: Session, study_uid: str) -> Study | None:
    """The latest visit of the same person on an earlier day that has a sagittal series.

    Returns:
        None where there is none; also where the study itself has no date, as nobody can tell
        then which visit came before.
    """
    state = session.state
    study = state.studies[study_uid]
    if study.date is None:
        return None
    earlier = (
        visit
        for visit in reversed(state.studies_of(study.patient_id))
        if visit.date is not None and visit.date < study.date
    )
    return next((visit for visit in earlier if state.series_to_grade(visit.uid)), None)
