"""Let sounddevice find the PortAudio in the bundle: it asks the system only."""

import ctypes.util
import sys
from pathlib import Path

_find_library = ctypes.util.find_library


def _find_bundled(name: str) -> str | None:
    bundled = Path(sys._MEIPASS) / "libportaudio.so.2"
    return str(bundled) if name == "portaudio" and bundled.exists() else _find_library(name)


ctypes.util.find_library = _find_bundled
