"""What can be done with a patient or a visit of the work list: merge, split, flag."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from spinegrader.domain.study import Patient
from spinegrader.gui.dialogs.choose_patient import ChoosePatientDialog
from spinegrader.gui.dialogs.flag import toggle_flag
from spinegrader.gui.itemmodels.work_list_rows import PatientRow, StudyRow
from spinegrader.gui.open_lists import Menu
from spinegrader.gui.workbench import Workbench
from spinegrader.services import identity
from spinegrader.services.flags import is_flagged
from spinegrader.texts import translate


class WorkListMenu(Menu):
    """The menu of one row.

    Args:
        workbench: The window's.
        row: The patient or visit.
        people: PatientID and title of everybody in the list, to be merged with.
        parent: The work list.
    """

    def __init__(
        self,
        workbench: Workbench,
        row: PatientRow | StudyRow,
        people: Sequence[tuple[str, str]],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._people = people
        self.aboutToHide.connect(self.deleteLater)
        if isinstance(row, PatientRow):
            self._fill_for_patient(row)
        else:
            self._fill_for_study(row)

    def _fill_for_patient(self, row: PatientRow) -> None:
        merge = self.addAction(translate("&Merge with…"))
        merge.setEnabled(len(self._people) > 1)
        merge.triggered.connect(lambda: self._ask_merge(row.patient.id, row.title))
        if len(row.records) == 1:
            self.addAction(translate("&Split…")).setEnabled(False)
            return
        split = self.add_submenu(translate("&Split off"))
        for number, record in enumerate(row.records, start=1):
            action = split.addAction(self._record_title(record, number))
            action.triggered.connect(
                lambda _=False, record=record: self._workbench.attempt(
                    lambda: identity.split(self._workbench.session, record.id)
                )
            )

    def _fill_for_study(self, row: StudyRow) -> None:
        bench, study_uid, parent = self._workbench, row.study.uid, self.parentWidget()
        is_up = is_flagged(bench.session, study_uid)
        flag = self.addAction(translate("Lower the &flag") if is_up else translate("&Flag…"))
        flag.triggered.connect(lambda: toggle_flag(bench, study_uid, parent))
        self.addSeparator()
        if not row.duplicates:
            self.addAction(translate("No duplicates of this visit")).setEnabled(False)
        for number, uid in enumerate(row.duplicates, start=1):
            words = (
                translate("Show duplicate as a visit of its own")
                if len(row.duplicates) == 1
                else translate("Show duplicate {number} as a visit of its own")
            )
            action = self.addAction(words.format(number=number))
            action.triggered.connect(
                lambda _=False, uid=uid: self._workbench.attempt(
                    lambda: identity.split_study(self._workbench.session, uid)
                )
            )

    def _record_title(self, record: Patient, number: int) -> str:
        if self._workbench.settings.identity_hidden:
            return translate("Record {number}").format(number=number)
        # An ampersand would be taken for a key.
        return f"{record.id}  {record.name}".rstrip().replace("&", "&&")

    def _ask_merge(self, patient_id: str, title: str) -> None:
        others = [item for item in self._people if item[0] != patient_id]
        dialog = ChoosePatientDialog(title, others, self.parentWidget())
        dialog.chosen.connect(
            lambda other: self._workbench.attempt(
                lambda: identity.merge_people(self._workbench.session, patient_id, other)
            )
        )
        dialog.open()
