"""The playhead's clock: what is audible now, made smooth from a count that moves in steps."""

from __future__ import annotations

_CORRECTION = 0.12  # share of the difference taken back at each reading
_JUMP_SECONDS = 0.15  # a larger difference is a stall or a start, and is believed at once


class PlayClock:
    """Follows the frames that a sound card takes.

    PortAudio asks for some hundred to some thousand frames at a time; drawn as they come, a playhead would
    tremble. Between readings this runs at the nominal rate, and is pulled towards what was measured.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frame = 0.0
        self._time: float | None = None

    def read(self, taken: int, latency: float, now: float) -> float:
        """The stream frame that is audible.

        Args:
            taken: frames taken by the output so far.
            latency: seconds until a frame taken now is heard.
            now: seconds of a clock that never goes back.
        """
        measured = taken - latency * self._rate
        if self._time is None:
            self._frame = measured
        else:
            expected = self._frame + (now - self._time) * self._rate
            error = measured - expected
            if abs(error) > _JUMP_SECONDS * self._rate:
                self._frame = measured
            else:
                self._frame = max(self._frame, expected + _CORRECTION * error)
        self._frame = min(self._frame, float(taken))
        self._time = now
        return self._frame

    def reset(self) -> None:
        """Forget the past, after a stop."""
        self._time = None
