"""Waveforms: a recording, looped, brought to pitch and filtered, without its loudness.

Equal notes of a song share one waveform; that is what makes the synthesiser fast.

Source: SoundFont Technical Specification 2.04, §9; low-pass: R. Bristow-Johnson, "Cookbook formulae for audio
EQ biquad filter coefficients".
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mt3_desktop.core.soundfont import LoopMode, SoundFont, Tone
from mt3_desktop.core.soundfont.bank import Sample
from mt3_desktop.core.synth.envelope import Times, modulation, oscillation
from mt3_desktop.core.values import FloatArray

_CONTROL_FRAMES = 64  # pitch and cutoff move in steps of 1.5 ms, straight lines between
_OPEN_SHARE = 0.45  # of the rate: a filter that opens this far does nothing
_STATIC_CENTS = 60  # a cutoff that moves less stands still
_FILTER_STEP_CENTS = 200
_MAX_FILTERS = 16
_CACHE_BYTES = 192 << 20
_RESPONSES = 256
_CHUNK_FRAMES = 8192
_FILTER_BLOCK = 16384  # five times as fast as one transform of the whole waveform
_FILTER_TAIL = 2048  # frames after which a filter has forgotten
_LONGEST_SECONDS = 600
_TAPS = 4


Spectra = npt.NDArray[np.complex64]


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Sound without loudness, kept in 16 bits: half the memory, 96 dB below its own peak.

    Attributes:
        frames: (n,) int16, read-only.
        scale: what a unit of `frames` is worth.
    """

    frames: npt.NDArray[np.int16]
    scale: float


class Waveforms:
    """A cache of waveforms. Safe to use from several threads."""

    def __init__(self, font: SoundFont, rate: int) -> None:
        self._font = font
        self._rate = rate
        self._waves: OrderedDict[tuple[Tone, int], Waveform] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, tone: Tone, frames: int, *, held: int) -> Waveform:
        """At least `frames` frames of a tone, or all there are if the recording ends before.

        Args:
            tone: what sounds.
            frames: how many are needed, from the onset on.
            held: frame of the key's release; matters to samples that loop until then.
        """
        key = (tone, held if tone.loop_mode is LoopMode.UNTIL_RELEASE else 0)
        with self._lock:
            wave = self._waves.get(key)
            if wave is not None and len(wave.frames) >= frames:
                self._waves.move_to_end(key)
                return wave
        natural = self.natural_length(tone)
        if wave is not None and natural is not None and len(wave.frames) >= natural:
            return wave
        wanted = min(max(frames, self._rate // 2), self._rate * _LONGEST_SECONDS)
        if wave is not None:
            wanted = max(wanted, len(wave.frames) * 3 // 2)  # grow in steps, not by every longer note
        wave = _packed(_make(tone, self._font.sample(tone.sample), wanted, held, self._rate))
        self._keep(key, wave)
        return wave

    def natural_length(self, tone: Tone) -> int | None:
        """Frames until the recording ends; None if it loops."""
        sample = self._font.sample(tone.sample)
        if tone.loop_mode is not LoopMode.NONE and _loop(tone, sample) is not None:
            return None
        return int(max(0, len(_used(tone, sample)) - 1) / _step(tone, sample, self._rate))

    def _keep(self, key: tuple[Tone, int], wave: Waveform) -> None:
        with self._lock:
            old = self._waves.pop(key, None)
            self._bytes += wave.frames.nbytes - (0 if old is None else old.frames.nbytes)
            self._waves[key] = wave
            while self._bytes > _CACHE_BYTES and len(self._waves) > 1:
                _, oldest = self._waves.popitem(last=False)
                self._bytes -= oldest.frames.nbytes


def _packed(wave: FloatArray) -> Waveform:
    peak = max(float(np.abs(wave).max(initial=0.0)), 1e-9)
    frames = np.rint(wave * np.float32(32767 / peak)).astype(np.int16)
    frames.setflags(write=False)
    return Waveform(frames, peak / 32767)


def _make(tone: Tone, sample: Sample, frames: int, held: int, rate: int) -> FloatArray:
    """The first `frames` frames of a tone."""
    seconds = np.arange(0, frames + _CONTROL_FRAMES, _CONTROL_FRAMES) / rate
    positions = _positions(tone, _step(tone, sample, rate), frames, seconds)
    released_at = float(positions[min(held, frames) - 1]) if 0 < held < frames else None
    source = _unrolled(tone, sample, int(positions[-1]) + _TAPS if frames else 0, released_at)
    end = int(np.searchsorted(positions, len(source) - _TAPS))
    wave = _interpolated(source, positions[:end])
    wave = _filtered(wave, tone, seconds, rate)
    if tone.mod_lfo_to_volume:
        gain = 10 ** (tone.mod_lfo_to_volume / 20 * oscillation(tone.mod_lfo, seconds))
        wave *= _to_frames(gain, len(wave)).astype(np.float32)
    return wave


def _step(tone: Tone, sample: Sample, rate: int) -> float:
    """Frames of the recording per frame of output."""
    return float(sample.rate / rate * 2.0 ** (min(max(tone.cents, -9600.0), 9600.0) / 1200))


def _positions(tone: Tone, step: float, frames: int, seconds: Times) -> Times:
    """(frames,) where in the recording each frame of output lies."""
    cents = np.zeros_like(seconds)
    if tone.envelope_to_pitch:
        cents += tone.envelope_to_pitch * modulation(tone.modulation, seconds)
    if tone.mod_lfo_to_pitch:
        cents += tone.mod_lfo_to_pitch * oscillation(tone.mod_lfo, seconds)
    if tone.vibrato_to_pitch:
        cents += tone.vibrato_to_pitch * oscillation(tone.vibrato, seconds)
    if not cents.any():
        return np.arange(frames, dtype=np.float64) * step
    steps = _to_frames(step * 2.0 ** (cents / 1200), frames)
    return np.concatenate([[0.0], np.cumsum(steps[: frames - 1])])


def _to_frames(control: Times, frames: int) -> Times:
    """Straight lines between values of the control rate."""
    return np.interp(np.arange(frames), np.arange(len(control)) * _CONTROL_FRAMES, control)


def _used(tone: Tone, sample: Sample) -> FloatArray:
    """The part of a recording between its start and end offsets."""
    start = min(max(tone.start, 0), len(sample.frames))
    end = min(max(len(sample.frames) + tone.end, start), len(sample.frames))
    return sample.frames[start:end]


def _loop(tone: Tone, sample: Sample) -> tuple[int, int] | None:
    """The loop within `_used`, or None where it makes no sense."""
    start = sample.loop_start + tone.loop_start - max(tone.start, 0)
    end = sample.loop_end + tone.loop_end - max(tone.start, 0)
    return (start, end) if start >= 0 and start + 2 <= end <= len(_used(tone, sample)) else None


def _unrolled(tone: Tone, sample: Sample, needed: int, released_at: float | None) -> FloatArray:
    """The recording with its loop written out, one frame of silence before and a few after."""
    used = _used(tone, sample)
    loop = _loop(tone, sample) if tone.loop_mode is not LoopMode.NONE else None
    pieces = [np.zeros(1, np.float32)]
    if loop is None:
        pieces.append(used)
    else:
        start, end = loop
        last = needed if released_at is None or tone.loop_mode is LoopMode.ALWAYS else int(released_at)
        rounds = max(0, -(-(last - end) // (end - start)))
        pieces += [used[:end], np.tile(used[start:end], rounds)]
        if tone.loop_mode is LoopMode.UNTIL_RELEASE and released_at is not None:
            pieces.append(used[end:])
    pieces.append(np.zeros(_TAPS, np.float32) if loop is None else used[loop[0] : loop[0] + _TAPS])
    return np.concatenate(pieces)


def _interpolated(source: FloatArray, positions: Times) -> FloatArray:
    """Cubic Hermite interpolation; position 0 is `source[1]`."""
    out = np.empty(len(positions), dtype=np.float32)
    for start in range(0, len(positions), _CHUNK_FRAMES):
        part = slice(start, start + _CHUNK_FRAMES)
        out[part] = _hermite(source, positions[part])
    return out


def _hermite(source: FloatArray, positions: Times) -> FloatArray:
    """One piece, short enough for the processor's cache: 1.5 times as fast as the whole."""
    index = positions.astype(np.intp)
    x = (positions - index).astype(np.float32)
    before, here, after, beyond = (np.take(source[tap:], index, mode="clip") for tap in range(_TAPS))
    slope = np.float32(0.5) * (after - before)
    bend = before - np.float32(2.5) * here + np.float32(2) * after - np.float32(0.5) * beyond
    twist: FloatArray = np.float32(0.5) * (beyond - before) + np.float32(1.5) * (here - after)
    twist *= x
    twist += bend
    twist *= x
    twist += slope
    twist *= x
    twist += here
    return twist


def _filtered(wave: FloatArray, tone: Tone, seconds: Times, rate: int) -> FloatArray:
    """The low-pass filter, at rest or moving.

    A moving cutoff is a cross-fade between filters at rest, `_FILTER_STEP_CENTS` apart: whole-array work
    instead of a loop over frames. The release of the modulation envelope is left out: it would need a
    waveform per length of note, for a change in a tail that fades at the same time.
    """
    cutoff = np.full_like(seconds, tone.cutoff)
    if tone.envelope_to_filter:
        cutoff += tone.envelope_to_filter * modulation(tone.modulation, seconds)
    if tone.mod_lfo_to_filter:
        cutoff += tone.mod_lfo_to_filter * oscillation(tone.mod_lfo, seconds)
    np.clip(cutoff, 1500, 13500, out=cutoff)
    low, high = float(cutoff.min()), float(cutoff.max())
    if len(wave) == 0 or (_hertz(low) >= _OPEN_SHARE * rate and tone.resonance_db == 0):
        return wave
    spectra = _block_spectra(wave)
    if high - low <= _STATIC_CENTS:
        return _through(spectra, _low_pass((low + high) / 2, tone.resonance_db, rate), len(wave))
    count = min(_MAX_FILTERS, int((high - low) / _FILTER_STEP_CENTS) + 2)
    place = _to_frames((cutoff - low) / (high - low) * (count - 1), len(wave))
    out = np.zeros_like(wave)
    for number in range(count):
        response = _low_pass(low + (high - low) * number / (count - 1), tone.resonance_db, rate)
        share = np.maximum(0.0, 1.0 - np.abs(place - number)).astype(np.float32)
        out += share * _through(spectra, response, len(wave))
    return out


def _block_spectra(wave: FloatArray) -> Spectra:
    """(blocks, bins) spectra of overlapping blocks, for overlap-save convolution."""
    hop = _FILTER_BLOCK - _FILTER_TAIL
    n_blocks = -(-len(wave) // hop)
    padded = np.zeros(_FILTER_TAIL + n_blocks * hop, dtype=np.float32)
    padded[_FILTER_TAIL : _FILTER_TAIL + len(wave)] = wave
    blocks = np.lib.stride_tricks.sliding_window_view(padded, _FILTER_BLOCK)[::hop]
    return np.fft.rfft(blocks, axis=1).astype(np.complex64, copy=False)


def _through(spectra: Spectra, response: Spectra, length: int) -> FloatArray:
    """The first `length` frames of the blocks after a filter."""
    blocks = np.fft.irfft(spectra * response, _FILTER_BLOCK, axis=1)[:, _FILTER_TAIL:]
    sound: FloatArray = blocks.reshape(-1)[:length].astype(np.float32, copy=False)
    return sound


@lru_cache(maxsize=_RESPONSES)
def _low_pass(cutoff: float, resonance_db: float, rate: int) -> Spectra:
    """The response of the two-pole low-pass at the bins of one filter block."""
    omega = 2 * np.pi * min(_hertz(cutoff), _OPEN_SHARE * rate) / rate
    quality = 10 ** ((resonance_db - 3.01) / 20)  # 0 dB is a flat passband
    alpha, cosine = np.sin(omega) / (2 * quality), np.cos(omega)
    z = np.exp(-2j * np.pi * np.arange(_FILTER_BLOCK // 2 + 1) / _FILTER_BLOCK)
    over = (1 - cosine) / 2 * (1 + z) ** 2
    under = (1 + alpha) - 2 * cosine * z + (1 - alpha) * z * z
    gain = 10 ** (-resonance_db / 40)  # §8.1.3 generator 9: half of the peak is taken from the gain
    response: Spectra = (gain * over / under).astype(np.complex64)
    return response


def _hertz(cents: float) -> float:
    return float(8.176 * 2.0 ** (cents / 1200))
