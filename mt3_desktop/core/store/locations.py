"""Where the program keeps things: one root folder, and the checkpoints, which may live elsewhere."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from mt3_desktop.core.store.disk import write_json

HOME_VARIABLE = "MT3_DESKTOP_HOME"
CHECKPOINTS_VARIABLE = "MT3_CHECKPOINT_DIR"
OTHER_PROGRAMS_FOLDER = ".mt3_checkpoints"  # where published toolkits keep <model>/{config.json,mt3.pth}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Locations:
    """The folders of the program; nothing else asks the system for one.

    Attributes:
        root: settings, sessions, logs and, unless moved, checkpoints.
        fixed_checkpoints: folder of checkpoints that the environment dictates, or None.
        shelves: folders of other programs in which a known checkpoint may be read in place.
    """

    root: Path
    fixed_checkpoints: Path | None = None
    shelves: tuple[Path, ...] = ()

    @classmethod
    def default(cls, home: Path | None = None, *, environ: Mapping[str, str] | None = None) -> Locations:
        """The folders of this user.

        `home` beats the variable `MT3_DESKTOP_HOME`, which beats the user's data folder (not the cache, which
        cleaners empty; not the roaming profile, which is copied at every login). `MT3_CHECKPOINT_DIR` moves
        the checkpoints alone.

        Args:
            home: root folder, as given by `--home`.
            environ: variables to look at instead of those of the process.
        """
        environ = os.environ if environ is None else environ
        stated = home or (Path(environ[HOME_VARIABLE]) if environ.get(HOME_VARIABLE) else None)
        root = stated or Path(platformdirs.user_data_dir("mt3-desktop", appauthor=False, roaming=False))
        fixed = environ.get(CHECKPOINTS_VARIABLE)
        shelves = (Path.cwd() / OTHER_PROGRAMS_FOLDER, Path.home() / OTHER_PROGRAMS_FOLDER)
        return cls(
            root=_absolute(root),
            fixed_checkpoints=_absolute(Path(fixed)) if fixed else None,
            shelves=tuple(dict.fromkeys(shelves)),
        )

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints, read anew each time: another program may have moved it."""
        if self.fixed_checkpoints is not None:
            return self.fixed_checkpoints
        return self._pointer().get("checkpoints") or self.root / "checkpoints"

    @property
    def former_checkpoints(self) -> Path | None:
        """Folder whose copies a move did not come to delete, or None."""
        return self._pointer().get("former")

    @property
    def logs(self) -> Path:
        """Folder of the log files."""
        return self.root / "logs"

    @property
    def sessions(self) -> Path:
        """Folder of the transcriptions kept on disk."""
        return self.root / "sessions"

    @property
    def recordings(self) -> Path:
        """Folder of recordings that came inside a session."""
        return self.root / "recordings"

    @property
    def cache(self) -> Path:
        """Folder of what can be made again."""
        return self.root / "cache"

    @property
    def settings(self) -> Path:
        """File of the settings."""
        return self.root / "settings.ini"

    def point_checkpoints_to(self, folder: Path, *, former: Path | None = None) -> None:
        """Make `folder` the folder of checkpoints, in one step that either happens or does not.

        Args:
            folder: the new folder.
            former: the old one, while it still holds copies.

        Raises:
            OSError: if the root cannot be written.
        """
        pointer = {"checkpoints": str(folder)} | ({"former": str(former)} if former else {})
        write_json(self._pointer_file, pointer)

    @property
    def _pointer_file(self) -> Path:
        return self.root / "checkpoints-folder.json"

    def _pointer(self) -> dict[str, Path]:
        """What the pointer file says; rubbish counts as nothing, so a broken file cannot stop the program."""
        try:
            content = json.loads(self._pointer_file.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError) as error:
            log.warning(
                "the pointer to the models folder is unreadable (%s); the usual folder is used", error
            )
            return {}
        if not isinstance(content, dict):
            return {}
        return {
            key: Path(value)
            for key in ("checkpoints", "former")
            if isinstance(value := content.get(key), str) and Path(value).is_absolute()
        }


def _absolute(folder: Path) -> Path:
    """The folder without "~" and relative parts; links are kept as the user wrote them."""
    return Path(os.path.abspath(folder.expanduser()))  # noqa: PTH100 - Path.resolve would follow links
