import json

import pytest

from spinegrader.domain.anatomy import VertebraLevel
from spinegrader.domain.numbering import Absence, CountingBasis, MissingLevel
from spinegrader.domain.overlays import OverlayState
from spinegrader.services import reading
from spinegrader.services.demo import SIMULATED_READER, make_demo, read_truth
from spinegrader.services.finder import DETECTOR
from spinegrader.services.graders import SHIPPED
from spinegrader.services.importing import import_paths
from spinegrader.services.session import Session
from spinegrader.simulate.cohort import TRUTH_FILE, simulate_cohort
from spinegrader.simulate.person.shapes import Variant
from spinegrader.simulate.plan import person_of
from spinegrader.simulate.scanner.config import AcquisitionConfig

TINY = AcquisitionConfig(slices=3, rows=64, columns=64, samples_per_slice=1)


def test_a_demo_is_read_but_for_its_last_studies(tmp_path):
    session = Session.open_or_create(tmp_path / "demo", "A")
    report = make_demo(session, subjects=2, follow_ups=1, seed=5)
    assert len(report.series) == 6
    assert [item.path for item in report.skipped] == ["truth.json"]
    session.close()

    again = Session.open(tmp_path / "demo", "B")
    assert again.reader == SIMULATED_READER
    read, *unread = studies = reading.work_list(again)
    assert reading.study_progress(again, read).state is reading.Progress.DONE
    overlays = [again.state.overlay(again.state.series_to_grade(uid).uid) for uid in studies]
    assert [(item.state, item.author) for item in overlays] == [
        (OverlayState.CONFIRMED, SIMULATED_READER),
        *[(OverlayState.PROPOSED, DETECTOR)] * 2,
    ]
    assert reading.next_undone_study(again) == unread[0]
    assert again.undo_title is None
    graded = [again.state.predictions_of_study(uid) for uid in studies]
    assert all(len({disc for disc, _ in found}) >= 5 for found in graded)
    assert {item.run for found in graded for item in found.values()} == {SHIPPED}
    again.close()


@pytest.mark.parametrize(
    ("variant", "discs", "absent"),
    [
        (Variant.FOUR_LUMBAR, ("L3/L4", "L4/S1"), [MissingLevel(VertebraLevel.L5, Absence.ABSENT)]),
        (Variant.L6, ("L5/L6", "L6/S1"), []),
    ],
)
def test_an_unusual_count_is_read_as_it_is(tmp_path, variant, discs, absent):
    seed = next(seed for seed in range(1, 500) if person_of(seed, 1).variant is variant)
    simulate_cohort(tmp_path / "dicom", 1, 0, seed, config=TINY)
    session = Session.open_or_create(tmp_path / "project", "A")
    try:
        import_paths(session, [tmp_path / "dicom"])
        read_truth(session, json.loads((tmp_path / "dicom" / TRUTH_FILE).read_text("utf-8")))
        (study,) = session.state.studies
        overlay = session.state.overlay(session.state.series_to_grade(study).uid)
        assert list(overlay.missing) == absent
        assert overlay.numbering.basis is CountingBasis.OTHER_IMAGES
        asked = reading.discs_to_grade(session, study)
        assert tuple(map(str, asked[-2:])) == discs
        for grading in session.scheme.gradings:
            answer = reading.own_grade(session, study, reading.Item(asked[-1], grading.id))
            assert answer.value in grading.values
    finally:
        session.close()
