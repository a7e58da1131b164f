"""The real program in a process of its own, with the built-in model and real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mido
import pytest

from mt3_desktop.core.resources import resource
from mt3_desktop.core.values import Note
from tests.helpers.tones import sine, tone_song, write_audio

pytestmark = pytest.mark.slow

EXAMPLE = resource("example.ogg")


def program(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mt3_desktop", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
        timeout=280,
        check=False,
    )


def test_example_becomes_midi_with_its_instruments(tmp_path: Path) -> None:
    done = program("transcribe", EXAMPLE, "-o", tmp_path / "out.mid")
    assert (done.returncode, done.stderr) == (0, "")
    file = mido.MidiFile(tmp_path / "out.mid")
    channels = {m.channel for track in file.tracks for m in track if m.type == "note_on"}
    assert 9 in channels
    assert len(channels) >= 3
    assert file.length == pytest.approx(mido.MidiFile(resource("example.mid")).length, abs=2.0)


def test_formats_folders_and_names_in_one_go(tmp_path: Path) -> None:
    scale = [
        Note(i * 0.5, i * 0.5 + 0.45, 60 + step, 100, 0) for i, step in enumerate((0, 2, 4, 5, 7, 9, 11, 12))
    ]
    songs = tmp_path / "Müsik 🎵"
    (songs / "b").mkdir(parents=True)
    for name in ("eins.wav", "b/zwei.m4a", "b/trois.webm"):
        rate = 48000 if name.endswith("webm") else 44100
        write_audio(songs / name, tone_song(scale, rate), rate)
    (songs / "broken.mp3").write_text("no sound")
    done = program("transcribe", songs, "-o", tmp_path / "out", "--format", "midi,csv,json")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "mt3-desktop: Can't read \"broken.mp3\". It isn't audio this app can decode, or the file is damaged. "
        "The file was not changed.",
        "mt3-desktop: 3 of 4 done, 1 failed.",
    ]
    assert len(list((tmp_path / "out").iterdir())) == 9
    document = json.loads((tmp_path / "out" / "zwei.json").read_text(encoding="utf-8"))
    assert {note["pitch"] for note in document["notes"]} & {60, 64, 67}


def test_output_survives_a_terminal_without_letters(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "春 ü.wav", sine(1.0))
    done = program("transcribe", path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("? ?.wav: ")


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_ends_cleanly(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "long.wav", sine(900.0, 16000), 16000)
    process = subprocess.Popen(
        [sys.executable, "-m", "mt3_desktop", "transcribe", str(path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for event in map(json.loads, process.stdout):
        if event.get("stage") == "transcribe" and event["done"] >= 1:  # one segment: there are notes to keep
            break
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert time.monotonic() - began < 60
    assert "Traceback" not in err
    assert err.startswith("mt3-desktop: Stopped at 0:")
    assert (tmp_path / "long.incomplete.mid").exists()
    assert not (tmp_path / "long.mid").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "tone.wav", sine(1.0))
    command = f'"{sys.executable}" -m mt3_desktop transcribe "{path}" --json | head -n 1'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["event"] == "started"
    assert done.stderr == ""


def test_help_is_quick() -> None:
    """Nothing heavy is imported for a page of help."""
    code = (
        "import sys; from mt3_desktop.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('torch', 'numpy', 'PySide6', 'av') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
