"""Settings: every preference declared once, and the store that keeps them between runs."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import math
from collections.abc import Callable
from dataclasses import astuple, dataclass, field, fields, replace
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

from PySide6.QtCore import QObject, QSettings, Signal

log = logging.getLogger(__name__)

Theme = Literal["system", "light", "dark"]
Wheel = Literal["daw", "zoom"]
Backdrop = Literal["plain", "waveform", "spectrogram"]
RangeKind = Literal["whole", "loop", "notes", "times"]
Existing = Literal["ask", "number", "replace"]
ExportFormat = Literal["midi", "csv", "json"]
ExportSound = Literal["none", "notes", "mix"]

N_RECENT = 20
SHARE = {"low": 0.0, "high": 1.0}


@dataclass(frozen=True, slots=True)
class MeasuredSpeed:
    """How fast a model was on this computer.

    Attributes:
        model_id: the model.
        device: where it was told to compute, as in `Settings.device`.
        speed: seconds of sound per second of work.
    """

    model_id: str
    device: str
    speed: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.speed) and self.speed > 0):
            raise ValueError(f"{self.speed} is no speed")


@dataclass(frozen=True, slots=True)
class Settings:
    """The user's preferences.

    Attributes:
        model_id: model for new songs.
        device: "auto", "cpu", "cuda" or "mps".
        range_kind: what part of a song is transcribed again; which times is not kept.
        start_on_add: transcribe files as soon as they are added.
        keep_awake: keep the computer from sleeping while songs are transcribed.
        add_folder: where files were last chosen, or "".
        export_folder: where results were last saved, or "".
        export_formats: what is written for each song.
        export_pattern: file name with `{song}`, `{model}`, `{date}`.
        export_per_track: one file per track instead of one per song.
        export_muted: whether muted tracks are written too.
        export_bars: whether MIDI follows the bars of songs that have some; also what is dragged out.
        export_quantised: whether a quantised copy is written with them.
        export_existing: what happens to a file of the same name.
        export_sound: whether a WAV file is written too: of the notes, or of the original and the notes.
        theme: colours of the window.
        wheel: "daw": the bare wheel scrolls the roll; "zoom": it zooms time.
        follow: keep the playhead in view.
        backdrop: what lies behind the notes.
        backdrop_strength: how strongly, 0-0.6.
        candidates_shown: whether what might be a note is shown too.
        click_sounds: whether notes and keys sound when they are clicked, and notes that arrows move.
        volume: 0-1.
        mix: 0 is the original alone, 1 the synthesised notes alone.
        session_sound: whether a session that is saved holds the recording too.
        output_device: name of the sound device, or "" for the system's.
        soundfont: path of a SoundFont of the user's, or "" for the built-in one.
        system_proxy: download through the proxy that the system names.
        recent_files: last files, newest first.
        speeds: what was measured last, per model and device.
        library_shown: whether the left side is open.
        tracks_shown: whether the right side is open.
        cleanup_shown: whether the clean-up below the tracks is unfolded.
        geometry: the window's place as Qt saves it.
        splitter: the widths of the three columns as Qt saves them.
        model_label: what the model picker said last; like the next two, shown until the models are known.
        ready_line: which models could be used.
        better_line: which one would have been better, or "".
    """

    model_id: str = "lite"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    range_kind: RangeKind = "whole"
    start_on_add: bool = True
    keep_awake: bool = True
    add_folder: str = ""
    export_folder: str = ""
    export_formats: tuple[ExportFormat, ...] = ("midi",)
    export_pattern: str = "{song}-{model}"
    export_per_track: bool = False
    export_muted: bool = False
    export_bars: bool = False
    export_quantised: bool = False
    export_existing: Existing = "ask"
    export_sound: ExportSound = "none"
    theme: Theme = "system"
    wheel: Wheel = "daw"
    follow: bool = True
    backdrop: Backdrop = "spectrogram"
    backdrop_strength: float = field(default=0.4, metadata={"low": 0.0, "high": 0.6})
    candidates_shown: bool = False
    click_sounds: bool = True
    volume: float = field(default=0.8, metadata=SHARE)
    mix: float = field(default=0.5, metadata=SHARE)
    session_sound: bool = False
    output_device: str = ""
    soundfont: str = ""
    system_proxy: bool = True
    recent_files: tuple[str, ...] = ()
    speeds: tuple[MeasuredSpeed, ...] = ()
    library_shown: bool = True
    tracks_shown: bool = True
    cleanup_shown: bool = False
    geometry: bytes = b""
    splitter: bytes = b""
    model_label: str = "Small (built in)"  # a first start shows what the catalogue will say
    ready_line: str = "Small (built in)"
    better_line: str = "YourMT3, 562 MB"


class SettingsStore(QObject):
    """Keeps `Settings` in an INI file; the one typed door to it.

    A value that does not fit its field is logged and replaced by the default, so that no file, however it
    was edited, keeps the program from starting.

    Signals:
        changed: (old: Settings, new: Settings) after a change, never when nothing changed.
    """

    changed = Signal(object, object)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        """Read the settings.

        Args:
            path: the INI file; created on the first change.
            parent: owner.
        """
        super().__init__(parent)
        self._file = QSettings(str(path), QSettings.Format.IniFormat)
        self._value = self._read()

    @property
    def value(self) -> Settings:
        """The settings as they are now."""
        return self._value

    def update(self, **changes: object) -> None:
        """Change some fields by name, write them, and tell."""
        old = self._value
        new = replace(old, **changes)  # type: ignore[arg-type]  # names and types are the caller's, as for replace
        if new == old:
            return
        self._value = new
        for name in changes:
            self._file.setValue(name, _encode(getattr(new, name)))
        self.changed.emit(old, new)

    def restore_defaults(self, *names: str) -> None:
        """Put some fields back to what they were at first."""
        fresh = Settings()
        self.update(**{name: getattr(fresh, name) for name in names})

    def remember_file(self, path: Path) -> None:
        """Put a file on top of the recent ones."""
        others = (known for known in self._value.recent_files if known != str(path))
        self.update(recent_files=(str(path), *others)[:N_RECENT])

    def close(self) -> None:
        """Write what is not written yet."""
        self._file.sync()
        if self._file.status() is not QSettings.Status.NoError:
            log.warning("settings were not saved: %s", self._file.status().name)

    def _read(self) -> Settings:
        hints = get_type_hints(Settings)
        found: dict[str, object] = {}
        for spec in fields(Settings):
            raw = self._file.value(spec.name)
            if raw is None:
                continue
            try:
                found[spec.name] = _decode(
                    raw, hints[spec.name], spec.metadata.get("low"), spec.metadata.get("high")
                )
            except ValueError as error:
                log.warning("setting %s falls back to its default: %s", spec.name, error)
        return Settings(**found)  # type: ignore[arg-type]  # each value was decoded by its field's annotation


def _encode(value: object) -> str:
    """A value as the text that `_decode` reads back."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, tuple):
        return json.dumps([astuple(item) if isinstance(item, MeasuredSpeed) else item for item in value])
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _decode(raw: object, kind: object, low: float | None, high: float | None) -> object:
    """Text from the file as a value of type `kind`.

    Raises:
        ValueError: if it is none.
    """
    if not isinstance(raw, str):
        raise ValueError(f"{raw!r} is not text")
    if get_origin(kind) is Literal:
        return _one_of(raw, get_args(kind))
    if kind == tuple[MeasuredSpeed, ...]:
        return _speeds(raw)
    if get_origin(kind) is tuple:
        return _texts(raw, get_args(kind)[0])
    value = _DECODERS[kind](raw)
    if isinstance(value, float) and low is not None and high is not None and not low <= value <= high:
        raise ValueError(f"{value} is not between {low} and {high}")
    return value


def _one_of(raw: str, choices: tuple[object, ...]) -> str:
    if raw not in choices:
        raise ValueError(f"{raw!r} is none of {choices}")
    return raw


def _texts(raw: str, kind: object) -> tuple[str, ...]:
    items = json.loads(raw)  # a JSONDecodeError is a ValueError
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ValueError(f"{raw!r} is not a list of texts")
    if get_origin(kind) is Literal:
        return tuple(_one_of(item, get_args(kind)) for item in items)
    return tuple(items)


def _speeds(raw: str) -> tuple[MeasuredSpeed, ...]:
    try:
        rows = [(str(model_id), str(device), float(speed)) for model_id, device, speed in json.loads(raw)]
    except TypeError as error:
        raise ValueError(f"{raw!r} is not a list of speeds") from error
    return tuple(MeasuredSpeed(*row) for row in rows)


def _bool(raw: str) -> bool:
    if raw not in ("true", "false"):
        raise ValueError(f"{raw!r} is neither true nor false")
    return raw == "true"


def _bytes(raw: str) -> bytes:
    try:
        return base64.b64decode(raw, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{raw!r} is not base64") from error


_DECODERS: dict[object, Callable[[str], object]] = {
    str: str,
    bool: _bool,
    int: int,
    float: float,
    bytes: _bytes,
}
