"""What an evaluation would compare, in words, before it starts."""

from spinegrader.services.evaluated import Evaluated, evaluated
from spinegrader.services.evaluation import UNKNOWN_ORIGIN, People
from spinegrader.services.graders import GradingModel
from spinegrader.services.labels import first_readers
from spinegrader.services.session import Session
from spinegrader.services.surveys import Survey
from spinegrader.services.wording import counted
from spinegrader.texts import translate, translate_count


def readers_with_grades(session: Session) -> list[str]:
    """Names of those who graded any disc in their first reading, in alphabetical order."""
    return sorted(first_readers(session, (study.uid for study in session.state.visible_studies())))


def survey_evaluation(
    session: Session, model: GradingModel | None, people: People = "test", reader: str = ""
) -> Survey:
    """What an evaluation would compare, in words.

    Args:
        session: The open project.
        model: The model; None where there is none.
        people: Whom to evaluate it on.
        reader: Whose grades; empty for anybody's.
    """
    if model is None:
        return Survey((), translate("There is no grading model yet: fine-tune one first."))
    found = evaluated(session, model, people, reader)
    findings = [
        translate(
            "{discs} of {people}; only grades given without a look at a model's count."
        ).format(
            discs=counted(
                len({(study, disc) for study, disc, _ in found.labels}),
                "graded disc",
                "graded discs",
            ),
            people=counted(len(found.people), "person", "people"),
        )
    ]
    for grading in session.scheme.gradings:
        count = sum(its == grading.id for _, _, its in found.labels)
        if count:
            findings.append(
                translate("{grading}: {discs}.").format(
                    grading=grading.name, discs=counted(count, "disc", "discs")
                )
            )
    findings += _reservations(found)
    return Survey(tuple(findings), "" if found.labels else _nothing_words(people))


def _reservations(found: Evaluated) -> list[str]:
    words = []
    if found.learned_from:
        words.append(
            translate_count(
                "The model learned from {count} of these people: the figures will flatter it.",
                "The model learned from {count} of these people: the figures will flatter it.",
                len(found.learned_from),
            ).format(count=len(found.learned_from))
        )
    if found.unknown_runs:
        words.append(translate(UNKNOWN_ORIGIN))
    if found.held_back:
        words.append(held_back_words(found.held_back))
    return words


def held_back_words(studies: int) -> str:
    """What is said of studies that are left out since their reader still reads them blinded."""
    return translate_count(
        "{count} study is still being read without a look at other grades: left out.",
        "{count} studies are still being read without a look at other grades: left out.",
        studies,
    ).format(count=studies)


def _nothing_words(people: People) -> str:
    if people == "test":
        return translate(
            "None of the people kept aside for tests has graded discs that this model can judge: "
            "grade a study of theirs, or evaluate on others."
        )
    if people == "unseen":
        return translate(
            "There are no graded discs of people that this model never learned from: grade a "
            "study of somebody who was kept aside, or new to the project."
        )
    return translate(
        "There are no graded discs that this model can judge: grade some studies first."
    )
