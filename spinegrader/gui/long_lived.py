"""What lives as long as the project is open isn't looked through for garbage again and again."""

import gc

from spinegrader.gui.workbench import Workbench


def spare_long_lived(workbench: Workbench) -> None:
    """Lets Python's collector pass over modules, widgets and the project, once it is open.

    Each full collection looks through all of them, holds the window for 50 ms and more, and finds
    next to nothing: what is made later is what comes and goes. Another project brings everything
    back first, so that the one before is let go. What opening left over goes at once, too. The
    same holds for what long work gathers.
    """

    def settle() -> None:
        if not workbench.has_session:
            return
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    workbench.project_changed.connect(settle)
    workbench.grew.connect(gc.freeze)
