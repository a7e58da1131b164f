"""A sounddevice module without sound: a test turns the crank, and sees what would have been heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK_FRAMES = 512


class FakeSoundDevice:
    """The part of the module that the player uses.

    Attributes:
        devices: what is plugged in, first is the system's choice; change it and call `_initialize`.
        streams: every stream that was opened.
        refused_rates: rates that every device refuses.
        is_broken: whether opening a stream fails.
    """

    class PortAudioError(Exception):
        """As in sounddevice."""

    def __init__(self, *names: str) -> None:
        self.devices = [device(name) for name in names]
        self.streams: list[FakeStream] = []
        self.refused_rates: set[int] = set()
        self.is_broken = False
        self._known = list(self.devices)

    def load(self) -> FakeSoundDevice:
        """Give to `SoundCards`."""
        return self

    def query_devices(self, index: int | None = None, kind: str | None = None) -> Any:
        """All devices, one, or the default output."""
        if index is not None:
            return {**self._known[index], "index": index}
        if kind is not None:
            for number, entry in enumerate(self._known):
                if entry["max_output_channels"] > 0:
                    return {**entry, "index": number}
            raise self.PortAudioError("Error querying device -1")
        return self._known

    def check_output_settings(self, *, device: int, channels: int, samplerate: float) -> None:
        """Raise if the rate is refused."""
        if samplerate in self.refused_rates:
            raise self.PortAudioError("Invalid sample rate")

    def OutputStream(self, **settings: Any) -> FakeStream:
        """Open a stream."""
        if self.is_broken:
            raise self.PortAudioError("Device unavailable")
        stream = FakeStream(**settings)
        self.streams.append(stream)
        return stream

    def _terminate(self) -> None:
        self._known = []

    def _initialize(self) -> None:
        self._known = list(self.devices)


class FakeStream:
    """A stream that asks for frames when it is told to."""

    def __init__(
        self,
        *,
        device: int,
        samplerate: int,
        channels: int,
        latency: float,
        dtype: str,
        callback: Callable[[npt.NDArray[np.float32], int, None, None], None],
    ) -> None:
        assert dtype == "float32"
        self.device, self.samplerate, self.channels, self.latency = device, samplerate, channels, latency
        self.active = False
        self.is_closed = False
        self.heard = np.zeros((0, channels), dtype=np.float32)
        self._callback = callback

    def start(self) -> None:
        self.active = True

    def abort(self) -> None:
        self.active = False

    def close(self) -> None:
        self.active, self.is_closed = False, True

    def turn(self, n_blocks: int = 1) -> None:
        """Ask for some blocks, as a sound card does."""
        assert self.active
        for _ in range(n_blocks):
            out = np.full((BLOCK_FRAMES, self.channels), np.nan, dtype=np.float32)
            self._callback(out, BLOCK_FRAMES, None, None)
            self.heard = np.concatenate([self.heard, out])


def device(name: str, *, channels: int = 2, rate: float = 48_000.0) -> dict[str, Any]:
    """A device as PortAudio describes it."""
    return {"name": name, "max_output_channels": channels, "default_samplerate": rate}
