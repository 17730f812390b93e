"""What can be done with a vertebra or a disc: the menu behind the right button."""

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from spinegrader.domain.anatomy import DiscLevel, VertebraLevel
from spinegrader.domain.numbering import Absence, Reach
from spinegrader.domain.overlays import Overlay
from spinegrader.gui.open_lists import Menu
from spinegrader.gui.workbench import Workbench
from spinegrader.services import annotating
from spinegrader.texts import for_translation, translate

_REACHES = (
    (Reach.ALL, for_translation("Rename, and count all &others on")),
    (Reach.ABOVE, for_translation("Rename, with those &above")),
    (Reach.BELOW, for_translation("Rename, with those &below")),
    (Reach.ONLY, for_translation("Rename only t&his one")),
)


class OverlayMenu(Menu):
    """The menu of one vertebra or disc of a series.

    Args:
        workbench: The window's.
        overlay: What is drawn on the series.
        level: What the menu is about.
        move_to_slice: Makes the slice on screen the mid-slice of a vertebra.
        parent: The viewer.
    """

    def __init__(
        self,
        workbench: Workbench,
        overlay: Overlay,
        level: VertebraLevel | DiscLevel,
        move_to_slice: Callable[[VertebraLevel], object],
        parent: QWidget,
    ) -> None:
        super().__init__(str(level), parent)
        self._workbench = workbench
        self._overlay = overlay
        self._move_to_slice = move_to_slice
        self.aboutToHide.connect(self.deleteLater)
        # A menu without a heading would leave open what was hit.
        self.addSection(str(level))
        if isinstance(level, DiscLevel):
            self._fill_for_disc(level)
        else:
            self._fill_for_vertebra(level)

    def _fill_for_vertebra(self, level: VertebraLevel) -> None:
        for reach, words in _REACHES:
            self._add_names(level, reach, translate(words))
        self.addSeparator()
        self._add(translate("This slice is its &mid-slice"), lambda: self._move_to_slice(level))
        self.addSeparator()
        session, uid = self._workbench.session, self._overlay.series_uid
        self._add(
            translate("{level} is not (&wholly) in view").format(level=level),
            lambda: annotating.mark_missing(session, uid, level, Absence.OUT_OF_VIEW),
        )
        self._add(
            translate("The patient ha&s no {level}").format(level=level),
            lambda: annotating.mark_missing(session, uid, level, Absence.ABSENT),
        )
        self._add(
            translate("&Remove {level}").format(level=level),
            lambda: annotating.remove_vertebra(session, uid, level),
        )

    def _add_names(self, level: VertebraLevel, reach: Reach, words: str) -> None:
        names = self.add_submenu(words)
        for name in VertebraLevel:
            action = names.addAction(str(name))
            action.setEnabled(name is not level and self._is_possible(level, name, reach))
            action.triggered.connect(lambda _=False, name=name: self._rename(level, name, reach))

    def _is_possible(self, level: VertebraLevel, name: VertebraLevel, reach: Reach) -> bool:
        return self._overlay.can_be_renumbered(level, name, reach)

    def _rename(self, level: VertebraLevel, name: VertebraLevel, reach: Reach) -> None:
        session, uid = self._workbench.session, self._overlay.series_uid
        self._workbench.attempt(lambda: annotating.renumber(session, uid, level, name, reach))

    def _fill_for_disc(self, level: DiscLevel) -> None:
        session, uid = self._workbench.session, self._overlay.series_uid
        follow = self._add(
            translate("Let the outline &follow its vertebrae again"),
            lambda: annotating.follow_again(session, uid, level),
        )
        follow.setEnabled(self._overlay.is_edited(level))

    def _add(self, words: str, act: Callable[[], object]) -> QAction:
        action = self.addAction(words)
        action.triggered.connect(lambda: self._workbench.attempt(act))
        return action
