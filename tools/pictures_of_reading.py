"""The pictures of reading: several images, correcting, colours, measures, work list, dialogs."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.edits import SetFlag
from spinegrader.domain.flow import Flag
from spinegrader.domain.geometry import as_point
from spinegrader.gui.dialogs.grade_examples import GradeExamplesDialog
from spinegrader.gui.dialogs.key_sheet import KeySheet
from spinegrader.gui.dialogs.measures import MeasuresDialog
from spinegrader.gui.dialogs.numbering import NumberingDialog
from spinegrader.gui.dialogs.protocol import ProtocolDialog
from spinegrader.gui.dialogs.settings.dialog import SettingsDialog
from spinegrader.gui.hanging.overlay_menu import OverlayMenu
from spinegrader.gui.viewer.measuring import Measurement, MeasurementKind
from spinegrader.services import reading
from spinegrader.services.protocol import reading_protocol
from spinegrader.services.reading import Item

if TYPE_CHECKING:
    from tools.make_pictures import Photographer

_L4_L5 = DiscLevel(VertebraLevel.L4, VertebraLevel.L5)


class ReadingPictures:
    """Drives the workspace Read of a photographer's window."""

    def __init__(self, photographer: "Photographer") -> None:
        self._by = photographer
        self._window = photographer.window
        self._bench = self._window.workbench
        self._page = self._window.read_page

    def make_all(self) -> None:
        """Every picture, in an order in which each finds what it needs."""
        self._choose_study_with_prior()
        self._open_some()
        self._by.keep("read")
        self._bench.change_settings(hanging="prior_beside")
        self._by.keep("prior")
        self._bench.change_settings(hanging="one")
        self._vertebra_menu()
        self._colours()
        self._measure()
        self._dialogs()
        self._work_list()
        self._bench.change_settings(hanging="")

    def _choose_study_with_prior(self) -> None:
        """The last study that isn't read and has an earlier visit."""
        session = self._bench.session
        for study_uid in reversed(reading.work_list(session)):
            patient_id = session.state.studies[study_uid].patient_id
            visits = [study.uid for study in session.state.studies_of(patient_id)]
            if visits.index(study_uid) > 0:
                self._bench.select_study(study_uid)
                break
        self._by.live(1)

    def _open_some(self) -> None:
        session, study_uid = self._bench.session, self._bench.study_uid
        items = reading.items_of(session, study_uid)
        for item in items[-9:]:
            reading.take_back(session, study_uid, item)
        self._bench.select_item(items[-9])
        self._by.live(0.5)

    def _vertebra_menu(self) -> None:
        self._focus(_L4_L5)
        viewer = self._page.viewer
        middle = viewer.mapToGlobal(QPoint(viewer.width() // 2, viewer.height() // 2))
        viewer.menu_wanted.emit(VertebraLevel.L4, middle)
        self._by.live(0.3)
        menu = self._window.findChildren(OverlayMenu)[-1]
        self._save(menu, "vertebra-menu")
        menu.close()

    def _colours(self) -> None:
        self._page.viewer.fit()
        self._bench.change_settings(overlay_colouring="pfirrmann")
        self._by.keep("colours")
        self._bench.change_settings(overlay_colouring="")

    def _measure(self) -> None:
        self._focus(_L4_L5)
        viewer = self._page.viewer
        overlay = self._bench.session.seen.overlay(self._bench.series_uid)
        if overlay is None:
            return
        upper, lower = (overlay.vertebra(VertebraLevel(name)) for name in ("L4", "S1"))
        body = overlay.vertebra(VertebraLevel.L5)
        if upper is None or lower is None or body is None:
            return
        index = viewer.current_slice
        front = [as_point(corner) for corner in (body.corners_mm[0], body.corners_mm[3])]
        lines = [upper.corners_mm[0], upper.corners_mm[1], lower.corners_mm[0], lower.corners_mm[1]]
        viewer.measurements = (
            Measurement(MeasurementKind.DISTANCE, index, tuple(front)),
            Measurement(MeasurementKind.ANGLE, index, tuple(as_point(corner) for corner in lines)),
        )
        self._by.keep("measuring")
        viewer.measurements = ()
        self._keep_dialog(MeasuresDialog(self._bench, self._window), "measures")
        self._keep_dialog(NumberingDialog(overlay, self._window), "numbering")

    def _dialogs(self) -> None:
        self._page.actions_by_id["examples"].trigger()
        self._by.live(0.3)
        examples = self._window.findChildren(GradeExamplesDialog)[-1]
        self._save(examples, "examples")
        examples.close()
        self._keep_dialog(
            ProtocolDialog(reading_protocol(self._bench.session), self._window), "protocol"
        )
        self._window.window_actions["settings"].trigger()
        settings = self._window.findChildren(SettingsDialog)[-1]
        for place, name in enumerate(("general", "mouse", "keys", "image")):
            settings.pages.setCurrentIndex(place)
            self._by.live(0.3)
            self._save(settings, f"settings-{name}")
        settings.close()
        for sheet in self._window.findChildren(KeySheet):
            sheet.close()

    def _work_list(self) -> None:
        """One study begun, one flagged, the rest done or new; the list alone."""
        session = self._bench.session
        first, flagged, blank = reading.work_list(session)[:3]
        for study_uid, count in ((first, 12), (blank, 99)):
            for item in reading.items_of(session, study_uid)[:count]:
                reading.take_back(session, study_uid, item)
        self._bench.select_study(first)
        flag = Flag(session.reader, "L4/L5: fracture?")
        session.apply(SetFlag(flagged, session.state.flag(flagged), flag))
        for theme in ("light", "dark"):
            self._by.apply_theme(theme)
            self._by.live(0.3)
            self._save(self._page.work_list, f"work-list-{theme}")

    def _focus(self, disc: DiscLevel) -> None:
        self._bench.select_item(Item(disc, "pfirrmann"))
        self._by.live(0.3)

    def _keep_dialog(self, dialog: QDialog, name: str) -> None:
        dialog.show()
        self._by.live(0.4)
        self._save(dialog, name)
        dialog.close()
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        QApplication.processEvents()

    def _save(self, widget: QWidget, name: str) -> None:
        picture: QPixmap = widget.grab()
        picture.save(str(self._by.out / f"{name}.png"))
