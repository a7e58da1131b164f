"""Where the files that come with the program lie: icons, the built-in model, the example song."""

from __future__ import annotations

import sys
from pathlib import Path


def resource(name: str) -> Path:
    """The path of a file or folder that comes with the program.

    The same name is valid in the source tree (`resources/` at its top), in an installed wheel (inside the
    package) and in a frozen bundle (beside the executable's data).

    Args:
        name: path below `resources/`, with forward slashes: "lite/config.json".

    Raises:
        FileNotFoundError: if the program was installed without it.
    """
    for root in _roots():
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} is missing from this installation")


def _roots() -> tuple[Path, ...]:
    """Folders to look in, the most specific first."""
    package = Path(__file__).resolve().parent.parent
    bundle = getattr(sys, "_MEIPASS", None)  # set by PyInstaller's bootloader
    frozen = (Path(bundle) / "resources",) if bundle else ()
    return (*frozen, package / "resources", package.parent / "resources")
