"""Files of every kind become mono sound at the wanted rate, or a sentence that says what is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mt3_desktop.core import audio
from mt3_desktop.core.audio import decoding
from mt3_desktop.core.audio.mixing import Mixer
from mt3_desktop.core.audio.sniffing import Sniffed
from mt3_desktop.core.errors import (
    AudioNotFound,
    DamagedAudio,
    EmptyAudio,
    ProtectedAudio,
    SilentAudio,
    UnsupportedAudio,
)
from mt3_desktop.core.progress import Cancelled, CancelToken, Progress, Stage
from tests.helpers.tones import sine, write_audio, write_video

RATE = 16000

SOUNDFILE_KINDS = [".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".w64", ".caf", ".au"]
FFMPEG_KINDS = [".m4a", ".mp4", ".mov", ".aac", ".webm", ".mka", ".wma"]


def loudest_hertz(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples))


@pytest.mark.parametrize("suffix", SOUNDFILE_KINDS + FFMPEG_KINDS)
def test_every_kind_gives_the_same_sound(tmp_path: Path, suffix: str) -> None:
    source_rate = 48000 if suffix in (".opus", ".webm") else 44100
    path = write_audio(tmp_path / f"tone{suffix}", sine(2.0, source_rate), source_rate)

    clip = audio.read(path, RATE)

    assert clip.sample_rate == RATE
    assert clip.name == f"tone{suffix}"
    assert clip.samples.dtype == np.float32
    assert not clip.samples.flags.writeable
    assert clip.duration == pytest.approx(2.0, abs=0.06)  # AAC pads
    middle = clip.samples[RATE // 2 : RATE // 2 + RATE]
    assert loudest_hertz(middle) == pytest.approx(440, abs=1)
    assert np.abs(middle).max() == pytest.approx(0.3, abs=0.04)  # MP3 at a low rate


@pytest.mark.parametrize("suffix", [".wav", ".m4a"])
def test_stereo_is_the_mean_of_both_sides(tmp_path: Path, suffix: str) -> None:
    left = sine(1.0)
    path = write_audio(tmp_path / f"left{suffix}", np.stack([left, np.zeros_like(left)], axis=1))
    middle = audio.read(path, RATE).samples[4000:12000]
    assert np.abs(middle).max() == pytest.approx(0.15, abs=0.01)


def test_decoders_agree_on_the_samples(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "noise.flac", np.random.default_rng(1).uniform(-0.5, 0.5, 44100))
    with (
        decoding.open_with_soundfile(path, Mixer()) as ours,
        decoding.open_with_pyav(path, Mixer()) as theirs,
    ):
        by_soundfile = np.concatenate([block.samples for block in ours.blocks])
        by_ffmpeg = np.concatenate([block.samples for block in theirs.blocks])
    np.testing.assert_array_equal(by_soundfile, by_ffmpeg)


def test_blocks_leave_no_seams(tmp_path: Path) -> None:
    import soxr

    samples = sine(3.0)
    path = write_audio(tmp_path / "tone.wav", samples)
    stored, _ = soundfile.read(path, dtype="float32")
    np.testing.assert_allclose(
        audio.read(path, RATE).samples, soxr.resample(stored, 44100, RATE, "HQ"), atol=1e-6
    )


def test_same_rate_is_not_touched(tmp_path: Path) -> None:
    samples = sine(1.0, RATE)
    soundfile.write(tmp_path / "tone.wav", samples, RATE, subtype="FLOAT")
    np.testing.assert_array_equal(audio.read(tmp_path / "tone.wav", RATE).samples, samples)


def test_sound_of_a_film_is_taken(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "song.mp4", sine(1.0))
    assert audio.probe(path).duration == pytest.approx(1.0, abs=0.05)


def test_not_a_number_becomes_silence(tmp_path: Path) -> None:
    samples = sine(1.0, RATE)
    samples[8000:8010] = np.nan
    soundfile.write(tmp_path / "bad.wav", samples, RATE, subtype="FLOAT")
    read = audio.read(tmp_path / "bad.wav", RATE).samples
    assert np.isfinite(read).all()
    assert (read[8000:8010] == 0).all()


# --- names ---


@pytest.mark.parametrize(
    "name",
    [
        "Übung №3.wav",
        "春 の 海.flac",
        "🎹🥁.ogg",
        "it's 100% #1 [live].m4a",
        "a" * 246 + ".wav",
        " spaced .wma",
    ],
)
def test_any_name_is_read(tmp_path: Path, name: str) -> None:
    assert audio.read(write_audio(tmp_path / name, sine(0.5)), RATE).name == name


def test_ending_does_not_matter(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "tone.m4a", sine(0.5)).rename(tmp_path / "tone.wav")
    assert audio.read(path, RATE).duration == pytest.approx(0.5, abs=0.06)


# --- what is wrong with it ---


def says(path: Path, kind: type[Exception]) -> str:
    with pytest.raises(kind) as caught:
        audio.read(path, RATE)
    assert type(caught.value) is kind
    return str(caught.value)


UNREADABLE = (
    "Can't read \"{name}\". It isn't audio this app can decode, or the file is damaged. "
    "The file was not changed."
)


def test_missing_file(tmp_path: Path) -> None:
    text = says(tmp_path / "gone.wav", AudioNotFound)
    assert text == 'Can\'t find "gone.wav". It may have been moved or renamed.'


@pytest.mark.parametrize("suffix", [".wav", ".m4a"])
def test_a_file_that_is_moved_between_two_looks_is_missing_not_damaged(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_audio(tmp_path / f"song{suffix}", sine(1.0))
    sniff = audio.sniff

    def sniff_just_in_time(looked_at: Path) -> Sniffed:
        found = sniff(looked_at)
        looked_at.unlink()
        return found

    monkeypatch.setattr(audio, "sniff", sniff_just_in_time)

    assert says(path, AudioNotFound).startswith(f'Can\'t find "song{suffix}".')


def test_folder(tmp_path: Path) -> None:
    assert "is a folder" in says(tmp_path, UnsupportedAudio)


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    assert says(tmp_path / "empty.wav", UnsupportedAudio) == 'Can\'t read "empty.wav". The file is empty.'


@pytest.mark.parametrize("name", ["words.mp3", "words.wav", "words.m4a", "words.ogg"])
@pytest.mark.parametrize(
    "content",
    [
        b"These are words, not sound.\n" * 200,
        np.random.default_rng(0).bytes(5000),
        b"\xff\xfb\x90\x00" + bytes(4000),
    ],
)
def test_rubbish_is_unreadable_and_quiet(
    tmp_path: Path, name: str, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert says(path, UnsupportedAudio) == UNREADABLE.format(name=name)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "head", [b"RIFF\x24\x00\x00\x00WAVEfmt ", b"OggS", b"fLaC", b"FORM", b"ID3", b"RIFF"]
)
def test_a_head_without_a_body_is_unreadable(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "stub.wav").write_bytes(head)
    says(tmp_path / "stub.wav", UnsupportedAudio)


@pytest.mark.parametrize(
    "suffix", [".wav", ".flac", ".aiff", ".ogg", ".opus", ".mp3", ".webm", ".mka", ".wma"]
)
def test_cut_file_says_where_it_breaks_off(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture[str]
) -> None:
    source_rate = 48000 if suffix in (".opus", ".webm") else 44100
    path = write_audio(tmp_path / f"tone{suffix}", sine(14.0, source_rate), source_rate)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])

    with pytest.raises(DamagedAudio) as caught:
        audio.read(path, RATE)

    error = caught.value
    assert 4 < error.seconds < 8.9  # an Ogg page holds seconds
    at = f"0:{int(error.seconds):02}"
    assert error.message == f'"tone{suffix}" breaks off at {at}.'
    assert error.hint == f"The rest of the file can't be decoded. You can work with the first {at}."
    kept = audio.read(path, RATE, accept_damaged=True)
    assert kept.duration == pytest.approx(error.seconds, abs=0.01)
    assert capfd.readouterr() == ("", "")


def test_cut_mp4_with_its_index_in_front_says_where(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "tone.m4a", sine(12.0), movflags="faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 55 // 100])
    with pytest.raises(DamagedAudio, match=r"breaks off at 0:06"):
        audio.read(path, RATE)


def test_cut_mp4_without_its_index_is_unreadable(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "tone.m4a", sine(5.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert says(path, UnsupportedAudio) == UNREADABLE.format(name="tone.m4a")


def test_garbage_in_the_middle_is_skipped(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "tone.aac", sine(10.0))
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 300] = np.random.default_rng(0).bytes(300)
    path.write_bytes(content)
    assert audio.read(path, RATE).duration == pytest.approx(10.0, abs=0.3)


def test_film_without_sound(tmp_path: Path) -> None:
    text = says(write_video(tmp_path / "silent film.mp4"), EmptyAudio)
    assert text == 'No sound in "silent film.mp4". The file opens, but has no audio track.'


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.08])
def test_too_short(tmp_path: Path, seconds: float) -> None:
    path = write_audio(tmp_path / "blip.wav", sine(seconds))
    assert says(path, EmptyAudio) == (
        f'"blip.wav" is too short. It lasts {seconds:.2f} s; at least 0.1 s is needed to find a note.'
    )


def test_silence_is_refused_unless_one_insists(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "rest.wav", sine(1.0, level=1e-4))
    assert says(path, SilentAudio) == (
        'Nothing to hear in "rest.wav". The sound stays below −70 dB throughout, so no notes were looked for.'
    )
    assert audio.read(path, RATE, accept_silent=True).duration == 1.0


@pytest.mark.parametrize("name", ["song.m4p", "book.aax", "BOOK.AA"])
def test_names_of_protected_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(bytes(100))
    assert says(tmp_path / name, ProtectedAudio) == (
        f'"{name}" is copy-protected. Protected files can\'t be decoded. Use an unprotected copy.'
    )


def test_protection_inside_an_mp4_is_found(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "song.m4a", sine(1.0))
    content = path.read_bytes()
    assert content.count(b"mp4a") == 1
    path.write_bytes(content.replace(b"mp4a", b"drms"))
    assert "copy-protected" in says(path, ProtectedAudio)


def test_protection_inside_a_wma_is_found(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "song.wma", sine(1.0))
    content = path.read_bytes()
    encryption = bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e")
    path.write_bytes(content[:30] + encryption + content[46:])
    assert "copy-protected" in says(path, ProtectedAudio)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_forbidden_file(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "mine.wav", sine(1.0))
    path.chmod(0)
    assert "no permission" in says(path, UnsupportedAudio)


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders there")
def test_device_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    assert "is a device" in says(tmp_path / "pipe.wav", UnsupportedAudio)


@pytest.mark.parametrize("name", ["a" * 300 + ".wav", "zero\0.wav"])
def test_impossible_name(tmp_path: Path, name: str) -> None:
    with pytest.raises((AudioNotFound, UnsupportedAudio)):
        audio.read(tmp_path / name, RATE)


# --- on the way ---


@pytest.mark.parametrize("suffix", [".wav", ".m4a"])
def test_progress_ends_at_the_end(tmp_path: Path, suffix: str) -> None:
    told: list[Progress] = []
    audio.read(write_audio(tmp_path / f"tone{suffix}", sine(3.0)), RATE, report=told.append)
    assert {progress.stage for progress in told} == {Stage.READ}
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    assert all(progress.fraction is not None and progress.fraction < 1 for progress in told[:-1])
    assert told[-1].fraction == 1


@pytest.mark.parametrize("suffix", [".wav", ".m4a"])
def test_reading_can_be_stopped(tmp_path: Path, suffix: str) -> None:
    path = write_audio(tmp_path / f"tone{suffix}", sine(5.0))
    cancel = CancelToken()
    told: list[Progress] = []

    def stop_at_once(progress: Progress) -> None:
        told.append(progress)
        cancel.cancel()

    with pytest.raises(Cancelled):
        audio.read(path, RATE, report=stop_at_once, cancel=cancel)
    assert len(told) == 1


def test_open_files_are_closed(tmp_path: Path) -> None:
    readers: list[Callable[[], object]] = [
        lambda: audio.read(write_audio(tmp_path / "tone.m4a", sine(0.5)), RATE),
        lambda: audio.probe(write_audio(tmp_path / "tone.wav", sine(0.5))),
    ]
    for read in readers:
        read()
    for path in tmp_path.iterdir():
        path.unlink()  # fails on Windows while a file is open
    assert not list(tmp_path.iterdir())
