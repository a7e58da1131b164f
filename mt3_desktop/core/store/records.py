"""What the store learnt about a checkpoint: its true hash, when it was checked, where it is read in place.

One small file per checkpoint, written whole, so that two programs never mix theirs.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mt3_desktop.core.specs import Checkpoint, HttpMirror
from mt3_desktop.core.store.disk import write_json

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known about one checkpoint on this computer.

    Attributes:
        sha256: hash of the content that is used.
        checked_at: when the whole content was last hashed, seconds since 1970.
        place: absolute path of the file where it is read outside the store, or "".
        modified_ns: modification time of that file when it was hashed.
    """

    sha256: str
    checked_at: float
    place: str = ""
    modified_ns: int = 0


def key_of(checkpoint: Checkpoint) -> str:
    """The name under which the store keeps track of a checkpoint: its hash, or a stand-in for it."""
    if checkpoint.sha256:
        return checkpoint.sha256
    first = checkpoint.mirrors[0] if checkpoint.mirrors else None
    address = "" if first is None else first.url if isinstance(first, HttpMirror) else first.repository
    digest = hashlib.sha256(f"{address}\n{checkpoint.filename}".encode())
    return f"unpublished-{digest.hexdigest()[:16]}"


def read_record(folder: Path, key: str) -> Record | None:
    """The record of a checkpoint, or None; an unreadable one counts as none, which costs one hashing."""
    path = folder / f"{key}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        record = Record(**content)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, TypeError) as error:
        log.warning("the record %s is unreadable and ignored: %s", path.name, error)
        return None
    is_sound = all(isinstance(value, str) for value in (record.sha256, record.place)) and all(
        isinstance(value, int | float) for value in (record.checked_at, record.modified_ns)
    )
    return record if is_sound else None


def write_record(folder: Path, key: str, record: Record) -> None:
    """Keep a record.

    Raises:
        OSError: if the folder cannot be written.
    """
    write_json(folder / f"{key}.json", asdict(record))


def read_options(folder: Path, model_id: str) -> Mapping[str, int | float | str]:
    """What the user set for a published model; nothing where that cannot be read."""
    path = _options_file(folder, model_id)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): value for name, value in content.items() if isinstance(value, int | float | str)}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, AttributeError) as error:
        log.warning("the options %s are unreadable and ignored: %s", path.name, error)
        return {}


def write_options(folder: Path, model_id: str, options: Mapping[str, int | float | str]) -> None:
    """Keep what the user set for a published model.

    Raises:
        OSError: if the folder cannot be written.
    """
    write_json(_options_file(folder, model_id), options)


def _options_file(folder: Path, model_id: str) -> Path:
    return folder / f"options-{model_id}.json"


def forget_record(folder: Path, key: str) -> None:
    """Delete a record, if there is one."""
    (folder / f"{key}.json").unlink(missing_ok=True)
