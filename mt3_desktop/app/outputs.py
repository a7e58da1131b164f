"""Where the sound goes: the sound card through PortAudio, or nowhere at the same pace."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from mt3_desktop.app.ring import Ring
from mt3_desktop.core.errors import NoSoundDevice

log = logging.getLogger(__name__)

PREFERRED_RATE = 44_100
_LATENCY_SECONDS = 0.08  # asked for; with 40 ms ahead, a mute is heard within 150 ms
_TICK_MS = 10


class Output(Protocol):
    """Something that takes frames from a ring in real time."""

    @property
    def name(self) -> str:
        """The device's name, "" for none."""
        ...

    @property
    def latency(self) -> float:
        """Seconds from taking a frame to hearing it."""
        ...

    def start(self) -> None:
        """Begin to take frames.

        Raises:
            NoSoundDevice: if the device refuses.
        """
        ...

    def stop(self) -> None:
        """Take no more frames until the next `start`."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


class SoundCards:
    """The output devices of this computer.

    The library is imported when first needed: without PortAudio the import itself fails, and the rest of the
    program works all the same.
    """

    def __init__(self, load: Callable[[], Any] | None = None) -> None:
        """Prepare.

        Args:
            load: gives the sounddevice module, or raises OSError or ImportError; for tests.
        """
        self._load = load or _import_sounddevice

    def names(self) -> tuple[str, ...]:
        """Devices with an output, each once, in PortAudio's order; empty without a sound system."""
        return tuple(dict.fromkeys(str(device["name"]) for _, device in self._outputs()))

    def default_name(self) -> str:
        """The name of the system's own choice, or ""."""
        try:
            return str(self._load().query_devices(kind="output")["name"])
        except (OSError, ImportError, ValueError) as error:
            log.info("no default output: %s", error)
            return ""
        except self._port_audio_error() as error:
            log.info("no default output: %s", error)
            return ""

    def refresh(self) -> None:
        """Look for devices that came or went. Every open stream must be closed before.

        WORKAROUND sounddevice 0.5.6: PortAudio lists devices once, at its initialisation, and the library
        has no public way to repeat it. To be removed when it has.
        """
        try:
            library = self._load()
        except (OSError, ImportError) as error:
            log.info("no PortAudio: %s", error)
            return
        try:
            library._terminate()
            library._initialize()
        except library.PortAudioError as error:
            log.warning("PortAudio does not start again: %s", error)

    def rate_of(self, name: str) -> int:
        """The rate to open a device with: 44.1 kHz, or its own where it refuses that.

        Raises:
            NoSoundDevice: if there is no such device.
        """
        library, index = self._find(name)
        try:
            library.check_output_settings(device=index, channels=2, samplerate=PREFERRED_RATE)
        except (library.PortAudioError, ValueError) as error:
            log.info("%d Hz refused: %s", PREFERRED_RATE, error)
        else:
            return PREFERRED_RATE
        return round(library.query_devices(index, "output")["default_samplerate"]) or PREFERRED_RATE

    def open(self, name: str, ring: Ring, rate: int) -> Output:
        """Open a device.

        Args:
            name: one of `names`, or "" for the system's choice.
            ring: what it plays.
            rate: from `rate_of`.

        Raises:
            NoSoundDevice: if it is not there, or refuses.
        """
        library, index = self._find(name)
        return _CardOutput(library, index, ring, rate)

    def _find(self, name: str) -> tuple[Any, int]:
        """The library, and the index of a device."""
        outputs = self._outputs()
        if not outputs:
            raise _no_device("there is no device with an output")
        library = self._load()
        if name:
            for index, device in outputs:
                if device["name"] == name:
                    return library, index
            raise NoSoundDevice(f'"{name}" is not connected.', hint="Choose another sound output.")
        try:
            return library, int(library.query_devices(kind="output")["index"])
        except (library.PortAudioError, ValueError) as error:
            log.info("no default output: %s", error)
            return library, outputs[0][0]

    def _outputs(self) -> list[tuple[int, Any]]:
        try:
            devices = list(self._load().query_devices())
        except (OSError, ImportError) as error:
            log.info("no PortAudio: %s", error)
            return []
        except self._port_audio_error() as error:
            log.warning("devices cannot be listed: %s", error)
            return []
        return [(index, device) for index, device in enumerate(devices) if device["max_output_channels"] > 0]

    def _port_audio_error(self) -> type[Exception]:
        """The library's error class; evaluated only after the library was loaded."""
        error: type[Exception] = self._load().PortAudioError
        return error


class _CardOutput:
    """An open stream. Its callback copies and moves one integer; it never waits, and makes no decisions."""

    def __init__(self, library: Any, index: int, ring: Ring, rate: int) -> None:
        self._library = library
        device = library.query_devices(index)
        self._name = str(device["name"])

        def callback(out: Any, _frames: int, _time: Any, _status: Any) -> None:
            ring.fill(out)

        try:
            self._stream = library.OutputStream(
                device=index,
                samplerate=rate,
                channels=min(2, device["max_output_channels"]),
                dtype="float32",
                latency=_LATENCY_SECONDS,
                callback=callback,
            )
        except (library.PortAudioError, ValueError) as error:
            raise _no_device(str(error), self._name) from error

    @property
    def name(self) -> str:
        return self._name

    @property
    def latency(self) -> float:
        return float(self._stream.latency)

    def start(self) -> None:
        if self._stream.active:
            return
        try:
            self._stream.start()
        except self._library.PortAudioError as error:
            raise _no_device(str(error), self._name) from error

    def stop(self) -> None:
        try:
            self._stream.abort()
        except self._library.PortAudioError as error:  # the device went away while it played
            log.info("stream does not stop: %s", error)

    def close(self) -> None:
        try:
            self._stream.close()
        except self._library.PortAudioError as error:
            log.info("stream does not close: %s", error)


class SilentOutput(QObject):
    """Takes frames at the pace of a sound card and drops them: everything but the sound works."""

    def __init__(
        self,
        ring: Ring,
        rate: int,
        *,
        now: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._ring = ring
        self._rate = rate
        self._now = now
        self._started = 0.0
        self._taken = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def name(self) -> str:
        """No device."""
        return ""

    @property
    def latency(self) -> float:
        """Nothing is delayed."""
        return 0.0

    def start(self) -> None:
        """Begin to take frames."""
        if not self._timer.isActive():
            self._started, self._taken = self._now(), 0
            self._timer.start()

    def stop(self) -> None:
        """Take no more."""
        self._timer.stop()

    def close(self) -> None:
        """Nothing to let go of but the timer."""
        self._timer.stop()

    @Slot()
    def tick(self) -> None:
        """Take what is due."""
        due = round((self._now() - self._started) * self._rate)
        self._ring.skip(due - self._taken)
        self._taken = due


def _import_sounddevice() -> Any:
    import sounddevice

    return sounddevice


def _no_device(detail: str, name: str = "") -> NoSoundDevice:
    return NoSoundDevice(
        f'"{name}" can\'t be opened.' if name else "No sound output found.",
        hint="You can transcribe, edit and export. Playback returns when a device is connected.",
        detail=detail,
    )
