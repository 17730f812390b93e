from spinegrader.domain.overlays import OverlayState
from spinegrader.services import reading
from spinegrader.services.demo import SIMULATED_READER, make_demo
from spinegrader.services.session import Session


def test_a_demo_is_read_but_for_its_last_studies(tmp_path):
    session = Session.open_or_create(tmp_path / "demo", "A")
    report = make_demo(session, subjects=2, follow_ups=1, seed=5)
    assert len(report.series) == 6
    assert [item.path for item in report.skipped] == ["truth.json"]
    session.close()

    again = Session.open(tmp_path / "demo", "B")
    assert again.reader == SIMULATED_READER
    read, proposed, bare = reading.work_list(again)
    assert reading.study_progress(again, read).state is reading.Progress.DONE
    overlays = [
        again.state.overlay(again.state.series_to_grade(uid).uid) for uid in (read, proposed)
    ]
    assert [item.state for item in overlays] == [OverlayState.CONFIRMED, OverlayState.PROPOSED]
    assert again.state.overlay(again.state.series_to_grade(bare).uid) is None
    assert reading.next_undone_study(again) == proposed
    assert again.undo_title is None
    again.close()
