"""The built-in model, loaded: its files, and a stream of notes from a recording of any length."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from mt3_desktop.core.candidates import USUAL
from mt3_desktop.core.errors import DamagedCheckpoint
from mt3_desktop.core.nn.lite import LiteNet
from mt3_desktop.core.nn.lite_candidates import (
    HitCandidates,
    NoteCandidates,
    Tracker,
    joined_hits,
    joined_notes,
)
from mt3_desktop.core.nn.lite_features import FrontEnd, LiteConfig
from mt3_desktop.core.nn.lite_notes import Decoding, decode, weighed
from mt3_desktop.core.nn.lite_rolls import Grid, Rolls, stream_rolls
from mt3_desktop.core.values import FloatArray, Note, SegmentNotes

WEIGHTS_NAME = "model.safetensors"
CONFIG_NAME = "config.json"


@dataclass(frozen=True, slots=True, eq=False)
class LiteNetwork:
    """The network with all that its use needs.

    Attributes:
        net: in evaluation mode.
        front_end: on the same device.
        decoding: how probabilities become notes.
        window_frames: frames of one window.
    """

    net: LiteNet
    front_end: FrontEnd
    decoding: Decoding
    window_frames: int

    @classmethod
    def load(cls, folder: Path, device: torch.device) -> LiteNetwork:
        """Read `config.json` and `model.safetensors` of a folder.

        Raises:
            DamagedCheckpoint: if they are missing, cut short or do not fit each other.
        """
        try:
            config = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
            net = LiteNet(LiteConfig.from_mapping(config["network"]))
            weights = load_file(folder / WEIGHTS_NAME)
            net.load_state_dict({name: value.float() for name, value in weights.items()}, strict=True)
            decoding = Decoding.from_mapping(config["decoding"])
            window_frames = int(config["window_frames"])
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            raise DamagedCheckpoint(
                "The built-in model can't be loaded.", hint="Install the program again.", detail=str(error)
            ) from error
        front_end = FrontEnd(net.config).to(device)
        return cls(net.to(device).eval(), front_end, decoding, window_frames)

    def grid(self, n_samples: int) -> Grid:
        """The windows of a recording of `n_samples`."""
        return Grid(n_samples, self.net.config.hop_samples, self.window_frames)

    def stream(
        self, samples: FloatArray, *, check: Callable[[], None], first_segment: int = 0
    ) -> Iterator[SegmentNotes]:
        """Transcribe window by window; memory does not grow with the recording.

        A note is final once `Decoding.delay` seconds beyond it have been heard; until then it is `sounding`.

        Args:
            samples: (n,) float32 mono at the network's rate; may be a memory map.
            check: called before each window; may raise to stop.
            first_segment: the first window whose news are wanted; those before are heard as far as the
                decisions about it need them.
        """
        grid = self.grid(len(samples))
        lead = self.decoding.history + self.decoding.delay + self.decoding.tracking.longest
        windows_before = -int(-lead // (grid.step * self.net.config.frame_seconds)) + 1
        first = max(0, first_segment - windows_before)
        all_rolls = stream_rolls(self.net, self.front_end, samples, grid, check=check, first_window=first)
        heard = _Heard(self._tracker(first * grid.step))
        for window, rolls in enumerate(all_rolls, first):
            heard.feed(rolls, is_last=window == grid.n_windows - 1)
            if window >= first_segment:
                yield self._segment(grid, window, len(samples), heard)
            heard.forget(self._span(grid, window)[1] - self.decoding.history)

    def _tracker(self, first_frame: int) -> Tracker:
        return Tracker(self.decoding.tracking, self.net.config.frame_seconds, first_frame)

    def _segment(self, grid: Grid, window: int, n_samples: int, heard: _Heard) -> SegmentNotes:
        span = self._span(grid, window)
        near = weighed(heard.notes, heard.hits, self.decoding, span=span)
        pending: tuple[Note, ...] = ()
        if window < grid.n_windows - 1:
            known = joined_notes([heard.notes, heard.tracker.still_open()])
            pending = decode(known, heard.hits, self.decoding, span=(span[1], float("inf")))
        first, last = grid.settled(window)
        seconds = self.net.config.frame_seconds
        duration = n_samples / self.net.config.sample_rate
        return SegmentNotes(
            index=window,
            count=grid.n_windows,
            start=first * seconds,
            end=min(last * seconds, duration),
            notes=near.at(USUAL, span=span),
            sounding=pending,
            candidates=near.between(*span),
        )

    def _span(self, grid: Grid, window: int) -> tuple[float, float]:
        """Seconds in which notes become final with a window."""
        seconds, delay = self.net.config.frame_seconds, self.decoding.delay
        start = grid.settled(window)[0] * seconds - delay
        end = grid.settled(window)[1] * seconds - delay
        if window == grid.n_windows - 1:
            end = float("inf")
        return (start if window else -float("inf")), end


class _Heard:
    """Candidates found so far that decisions still need."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.notes = joined_notes([])
        self.hits = joined_hits([])

    def feed(self, rolls: Rolls, *, is_last: bool) -> None:
        """Add what the next frames complete."""
        notes, hits = self.tracker.feed(rolls, is_last=is_last)
        self.notes = joined_notes([self.notes, notes])
        self.hits = joined_hits([self.hits, hits])

    def forget(self, before: float) -> None:
        """Drop what began before a time in seconds."""
        self.notes = NoteCandidates._make(column[self.notes.onset >= before] for column in self.notes)
        self.hits = HitCandidates._make(column[self.hits.onset >= before] for column in self.hits)
