"""What this machine offers: versions, decoders, accelerator, disk."""

import importlib.metadata
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import Any

from spinegrader import __version__
from spinegrader.services.logs import log_file
from spinegrader.services.settings import settings_file

_PACKAGES = ("PySide6_Essentials", "pyqtgraph", "torch", "pydicom", "SimpleITK", "numpy", "h5py")


def examine() -> dict[str, Any]:
    """Everything that a report of a fault should hold; nothing of a patient."""
    from spinegrader.imaging.decoding import available_decoders
    from spinegrader.model.devices import describe_devices
    from spinegrader.services.run_words import device_text

    return {
        "spinegrader": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "devices": [device_text(device) for device in describe_devices()],
        "processor_cores": os.cpu_count(),
        "decoders": available_decoders(),
        "qt_platform": _qt_platform(),
        "settings": str(settings_file()),
        "log": str(log_file()),
        "free_disk_gb": round(shutil.disk_usage(Path.home()).free / 1e9, 1),
    }


def _qt_platform() -> str:
    if chosen := os.environ.get("QT_QPA_PLATFORM"):
        return chosen
    if sys.platform == "win32":
        return "windows"
    if sys.platform == "darwin":
        return "cocoa"
    if os.environ.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "xcb" if os.environ.get("DISPLAY") else "none (no screen; offscreen works for tests)"
