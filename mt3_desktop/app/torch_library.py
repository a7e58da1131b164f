"""Opens torch's library beside the event loop, so that the window does not stand still meanwhile.

`import torch` links a library of some hundred megabytes while it holds Python's lock: whoever clicks then
waits. A function of C that is called through `ctypes` leaves the lock to others, so the library is opened by
the system's `dlopen`, and the import finds it open. Measured while torch was imported on one busy core, three
times each: the event loop came 711 to 732 ms late at most without this, 124 to 142 ms with it.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import sys
from importlib.util import find_spec
from pathlib import Path

log = logging.getLogger(__name__)

NAME = "libtorch_cpu.so"


def open_torch_library() -> bool:
    """Open the largest of torch's libraries without holding Python's lock; only Linux is known to need it.

    Returns:
        Whether it is open. If not, `import torch` opens it, or says what is wrong.
    """
    if sys.platform != "linux" or "torch" in sys.modules:
        return False
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    importlib.import_module("mt3_desktop.core.nn")  # sets what the library reads once, when it is opened
    path = Path(spec.origin).parent / "lib" / NAME
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    dlopen.restype = ctypes.c_void_p
    is_open = dlopen(os.fsencode(path), os.RTLD_NOW) is not None
    log.debug("%s is %s", NAME, "open" if is_open else "left to the import of torch")
    return is_open
