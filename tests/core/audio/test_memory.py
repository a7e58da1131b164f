"""Long recordings lie in a file without a name, not in memory; arrays come in any shape."""

from __future__ import annotations

import errno
import gc
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from mt3_desktop.core import audio
from mt3_desktop.core.audio import buffer as buffer_module
from mt3_desktop.core.audio.buffer import SampleBuffer
from mt3_desktop.core.errors import DiskFull, EmptyAudio
from tests.helpers.tones import sine, write_audio

RATE = 16000


@pytest.mark.parametrize("limit", [10, 1000, 1 << 22])
def test_blocks_come_back_whole_in_memory_and_from_disk(limit: int) -> None:
    blocks = [np.full(size, size, dtype=np.float32) for size in (1, 7, 0, 400, 3, 2000)]
    buffer = SampleBuffer(max_in_memory=limit)
    for block in blocks:
        buffer.append(block)
    samples = buffer.finish()
    np.testing.assert_array_equal(samples, np.concatenate(blocks))
    assert not samples.flags.writeable
    assert samples.dtype == np.float32


def test_peak_is_that_of_all_blocks() -> None:
    buffer = SampleBuffer()
    for block in ([0.1, -0.7], [0.2], []):
        buffer.append(np.array(block, dtype=np.float32))
    assert buffer.peak == pytest.approx(0.7)


def test_what_will_be_long_goes_to_disk_at_once() -> None:
    buffer = SampleBuffer(expected=1001, max_in_memory=1000)
    buffer.append(np.ones(3, dtype=np.float32))
    assert buffer.is_on_disk
    buffer.close()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")
def test_temporary_file_goes_with_the_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def mappings() -> int:
        return Path("/proc/self/maps").read_text(encoding="utf-8").count(str(tmp_path))

    buffer = SampleBuffer(max_in_memory=10)
    buffer.append(np.ones(100_000, dtype=np.float32))
    samples = buffer.finish()
    assert mappings() == 1
    assert not list(tmp_path.iterdir()), "a killed program would leave it behind"
    view = samples[10:20]
    del samples, buffer
    gc.collect()
    assert view.sum() == 10
    del view
    gc.collect()
    assert mappings() == 0


def test_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class FullFile:
        def write(self, _content: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def close(self) -> None:
            pass

    monkeypatch.setattr(buffer_module.tempfile, "TemporaryFile", lambda **_options: FullFile())
    buffer = SampleBuffer(max_in_memory=10)
    with pytest.raises(DiskFull, match="Not enough disk space"):
        buffer.append(np.ones(100, dtype=np.float32))


@pytest.mark.skipif(sys.platform == "win32", reason="measures with the resource module")
def test_long_file_needs_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four minutes at 48 kHz in stereo are 92 MB of float32; reading them shall take a thirtieth of that."""
    import tracemalloc

    monkeypatch.setitem(SampleBuffer.__init__.__kwdefaults__, "max_in_memory", RATE * 60)
    tone = sine(60.0, 48000)
    path = write_audio(tmp_path / "long.wav", np.tile(np.stack([tone, tone], axis=1), (4, 1)), 48000)
    audio.read(write_audio(tmp_path / "short.wav", sine(0.2)), RATE)  # imports do not count
    tracemalloc.start()
    clip = audio.read(path, RATE)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert clip.duration == pytest.approx(240)
    assert peak_bytes < 3_000_000


# --- arrays ---


def test_any_layout_is_one_sound() -> None:
    tone = sine(1.0, 44100)
    mono = audio.from_array(tone, 44100, RATE).samples
    for array in (
        np.stack([tone, tone]),
        np.stack([tone, tone], axis=1),
        tone.astype(np.float64),
        list(tone),
    ):
        np.testing.assert_allclose(audio.from_array(array, 44100, RATE).samples, mono, atol=1e-6)


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.uint8, np.int8])
def test_integers_are_scaled(kind: type[np.integer]) -> None:
    limits = np.iinfo(kind)
    middle = (limits.max + limits.min + 1) // 2
    array = np.full(RATE, middle + (limits.max - middle) // 2 + 1, dtype=kind)
    samples = audio.from_array(array, RATE, RATE).samples
    np.testing.assert_allclose(samples, 0.5, atol=0.01)


def test_array_is_resampled() -> None:
    clip = audio.from_array(sine(2.0, 48000), 48000, RATE, name="take 1")
    assert (len(clip.samples), clip.sample_rate, clip.name) == (2 * RATE, RATE, "take 1")


def test_the_array_of_the_caller_stays_his() -> None:
    mine = sine(1.0, RATE)
    clip = audio.from_array(mine, RATE, RATE)
    mine[:] = 0
    assert np.abs(clip.samples).max() == pytest.approx(0.3, abs=0.01)
    assert mine.flags.writeable


@pytest.mark.parametrize(
    ("array", "rate", "reason"),
    [
        (np.array([0.0, np.nan] * RATE), RATE, "not a number"),
        (np.array([0.0, np.inf] * RATE), RATE, "infinite"),
        (np.zeros((2, 3, 4)), RATE, "shape"),
        (np.zeros(RATE, dtype=complex), RATE, "float or integer"),
        (np.array(["a"] * RATE), RATE, "float or integer"),
        (np.zeros(RATE), 0, "samples per second"),
        (np.zeros(RATE), 44.1, "such as 44100"),
        (np.zeros(RATE), -44100, "samples per second"),
        (np.zeros(RATE), float("nan"), "samples per second"),
    ],
)
def test_senseless_arrays_are_refused(array: np.ndarray, rate: float, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        audio.from_array(array, rate, RATE)


@pytest.mark.parametrize("array", [np.zeros(0), np.zeros((0, 2)), np.zeros((2, 0)), np.zeros(1000)])
def test_short_arrays_are_too_short(array: np.ndarray) -> None:
    with pytest.raises(EmptyAudio, match="too short"):
        audio.from_array(array, RATE, RATE)


# --- outline ---


def test_peaks_are_those_of_each_stretch() -> None:
    samples = np.random.default_rng(2).uniform(-1, 1, 10_007).astype(np.float32)
    outline = audio.peaks(samples, 1000)
    stretches = [samples[round(i * 10.007 - 0.5) : round((i + 1) * 10.007 - 0.5)] for i in range(1000)]
    assert outline.shape == (1000, 2)
    assert outline[:, 0].min() == samples.min()
    assert outline[:, 1].max() == samples.max()
    np.testing.assert_allclose(outline[500], [stretches[500].min(), stretches[500].max()], atol=0.9)


@pytest.mark.parametrize(("n_samples", "n_columns", "expected"), [(5, 100, 5), (0, 10, 0), (1000, 1, 1)])
def test_peaks_of_few_samples(n_samples: int, n_columns: int, expected: int) -> None:
    assert audio.peaks(np.ones(n_samples, dtype=np.float32), n_columns).shape == (expected, 2)


def test_no_columns_make_no_sense() -> None:
    with pytest.raises(ValueError, match="at least one"):
        audio.peaks(np.ones(5, dtype=np.float32), 0)
