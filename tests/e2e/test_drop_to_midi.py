"""From a dropped recording to a MIDI file, through the real window and real files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pretty_midi
import pytest

from mt3_desktop.core.resources import resource
from tests.gui.conftest import hands, scene, song
from tests.helpers.exporting import export
from tests.helpers.fake_family import SCRIPT
from tests.helpers.window import Hands

__all__ = ["hands", "scene", "song"]  # fixtures


def test_a_dropped_recording_becomes_a_midi_file(hands: Hands, song: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    hands.drop(song)
    hands.wait_until_done()
    export(hands, lambda dialog: dialog.set_folder(out))

    (path,) = out.iterdir()
    midi = pretty_midi.PrettyMIDI(str(path))
    found = {
        (round(note.start, 2), round(note.end, 2), note.pitch, instrument.program, instrument.is_drum)
        for instrument in midi.instruments
        for note in instrument.notes
    }
    assert found == {(n.onset, n.offset, n.pitch, n.program, n.is_drum) for n in SCRIPT}


def test_the_window_opens_says_ready_and_ends(home: Path) -> None:
    """In a process of its own: torch is not imported, nothing is printed but the word."""
    code = (
        "import sys; from mt3_desktop.gui.main import main; code = main(['--smoke']); "
        "assert 'torch' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )

    assert (done.returncode, done.stdout.strip()) == (0, "ready"), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there it is only a way to kill")
def test_a_session_that_ends_closes_the_window_in_good_order(tmp_path: Path) -> None:
    """The mark of a run that did not end is gone, and nobody was asked anything."""
    code = f"""
import os, pathlib, signal, sys, threading
from mt3_desktop.gui.main import main
mark = pathlib.Path({str(tmp_path)!r}, "sessions", "running")
def end():
    while not mark.exists():
        threading.Event().wait(0.05)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end, daemon=True).start()
sys.exit(main(["--home", {str(tmp_path)!r}]))
"""
    environ = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False, env=environ
    )

    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "sessions" / "running").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a screen")
def test_without_a_screen_one_sentence_is_said() -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environ = {name: value for name, value in os.environ.items() if name not in hidden}
    code = "import sys; from mt3_desktop.gui.main import main; sys.exit(main([]))"

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False, env=environ
    )

    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "no screen" in done.stderr


def test_the_example_is_there() -> None:
    assert resource("example.ogg").stat().st_size > 10_000
