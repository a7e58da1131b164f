"""`mt3-desktop transcribe`, in this process and with a family that hears what the test says."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import mido
import pytest

from mt3_desktop.cli import main
from mt3_desktop.core.errors import DamagedCheckpoint, DeviceUnavailable, OutOfMemory
from mt3_desktop.core.specs import Checkpoint
from mt3_desktop.core.values import Note
from tests.helpers.fake_family import SCRIPT, Scene, fake_family, fake_spec, install
from tests.helpers.tones import sine, tone_song, write_audio

NO_MIRROR = Checkpoint("ab" * 32, 1000, "fake.pth", (), "CC0-1.0")

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    scene = Scene()
    install(monkeypatch, fake_family(scene, fake_spec("lite"), fake_spec("remote", checkpoint=NO_MIRROR)))
    return scene


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write_audio(tmp_path / "song.wav", tone_song(SCRIPT, duration=5.0))


def run(*words: object) -> int:
    return main(["transcribe", *map(str, words)])


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# --- what is written ---


def test_one_file(song: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(song, "-o", tmp_path / "out.mid") == 0
    assert [track.name for track in mido.MidiFile(tmp_path / "out.mid").tracks[1:]] == [
        "Acoustic grand piano", "Electric bass (finger)", "String ensemble 1", "Drums",
    ]  # fmt: skip
    out, err = capsys.readouterr()
    assert out.startswith("song.wav: 5 notes (")
    assert out.endswith(f"saved as {tmp_path / 'out.mid'}\n")
    assert err == ""


def test_one_note_is_not_notes(song: Path, scene: Scene, capsys: Capture) -> None:
    scene.script = SCRIPT[:1]
    assert run(song) == 0
    assert capsys.readouterr().out.startswith("song.wav: 1 note (Acoustic grand piano), saved as ")


def test_beside_the_recording_without_o(song: Path) -> None:
    assert run(song) == 0
    assert files(song.parent) == ["song.mid", "song.wav"]


@pytest.mark.parametrize("output", ["new/deep", "new/", "v1.0/"])
def test_folder_is_made(song: Path, tmp_path: Path, output: str) -> None:
    assert run(song, "-o", f"{tmp_path}/{output}") == 0
    assert (tmp_path / output / "song.mid").exists()


def test_several_formats(song: Path, tmp_path: Path) -> None:
    assert run(song, "-o", tmp_path / "out.mid", "--format", "midi,csv,json,csv") == 0
    assert files(tmp_path) == ["out.csv", "out.json", "out.mid", "song.wav"]


def test_ending_chooses_the_format(song: Path, tmp_path: Path) -> None:
    assert run(song, "-o", tmp_path / "out.csv") == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").startswith("onset,")


def test_one_file_per_track(song: Path, tmp_path: Path) -> None:
    assert run(song, "-o", tmp_path / "out", "--tracks") == 0
    assert files(tmp_path / "out") == [
        "song - Acoustic grand piano.mid", "song - Drums.mid",
        "song - Electric bass (finger).mid", "song - String ensemble 1.mid",
    ]  # fmt: skip


def test_same_names_do_not_meet(song: Path, tmp_path: Path) -> None:
    other = tmp_path / "live" / "song.flac"
    other.parent.mkdir()
    write_audio(other, sine(1.0))
    assert run(song, other, "-o", tmp_path / "out") == 0
    assert files(tmp_path / "out") == ["song (2).mid", "song.mid"]


def test_file_of_the_user_is_not_replaced_unasked(song: Path, capsys: Capture) -> None:
    mine = song.with_suffix(".mid")
    mine.write_bytes(b"my own work")
    assert run(song) == 0
    assert mine.read_bytes() == b"my own work"
    assert "song (2).mid" in capsys.readouterr().out
    assert run(song, "--overwrite") == 0
    assert mine.read_bytes() != b"my own work"


def test_named_file_is_replaced(song: Path, tmp_path: Path) -> None:
    (tmp_path / "out.mid").write_bytes(b"old")
    assert run(song, "-o", tmp_path / "out.mid") == 0
    assert (tmp_path / "out.mid").read_bytes() != b"old"


def test_folder_and_pattern(tmp_path: Path) -> None:
    for name in ("a/1.wav", "a/b/2.wav", "c.wav", "d.ogg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_audio(tmp_path / name, sine(0.5))
    assert run(tmp_path / "a", tmp_path / "*.wav", "-o", tmp_path / "out") == 0
    assert files(tmp_path / "out") == ["1.mid", "2.mid", "c.mid"]


@pytest.mark.parametrize(
    "name", ["Übung №3.wav", "🎹 春.wav", "-dash.wav", "a" * 246 + ".wav", "[live] 100%.wav"]
)
def test_any_name(tmp_path: Path, name: str) -> None:
    write_audio(tmp_path / name, sine(0.5))
    assert run("--", tmp_path / name) == 0
    assert (tmp_path / name).with_suffix(".mid").exists()


def test_options_reach_the_model(song: Path, scene: Scene) -> None:
    assert run(song, "--device", "cuda:1", "--option", "memory_length=64", "--option", "mode=wild") == 0
    ((spec, _weights, device),) = scene.built
    assert dict(spec.options) == {"memory_length": 64, "mode": "wild"}
    assert device == "cuda:1"


# --- what goes wrong ---


def test_an_option_that_the_model_does_not_have_is_no_silent_wish(
    song: Path, scene: Scene, capsys: Capture
) -> None:
    assert run(song, "--option", "foo=1") == 1
    assert scene.built == []
    said = 'Fake lite has no option "foo". Its options: memory_length, mode.'
    assert said in capsys.readouterr().err


def test_one_failure_does_not_stop_the_rest(song: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "words.mp3").write_text("words")
    (tmp_path / "empty").mkdir()
    status = run(
        tmp_path / "gone.wav", tmp_path / "words.mp3", tmp_path / "empty", song, "-o", tmp_path / "out"
    )
    assert status == 1
    assert files(tmp_path / "out") == ["song.mid"]
    err = capsys.readouterr().err
    assert sorted(err.splitlines()) == [
        "mt3-desktop: 1 of 4 done, 3 failed.",
        'mt3-desktop: Can\'t find "gone.wav". It may have been moved or renamed.',
        "mt3-desktop: Can't read \"words.mp3\". It isn't audio this app can decode, or the file is damaged. "
        "The file was not changed.",
        f'mt3-desktop: There is no recording in "{tmp_path / "empty"}". '
        "Nothing in it is named like audio or video.",
    ]


def test_damaged_file_can_be_accepted(song: Path, tmp_path: Path, capsys: Capture) -> None:
    song.write_bytes(song.read_bytes()[:200_000])
    assert run(song) == 1
    err = capsys.readouterr().err
    assert 'song.wav" breaks off at 0:02.' in err
    assert err.endswith("To do so, add --accept-damaged.\n")
    assert files(tmp_path) == ["song.wav"]
    assert run(song, "--accept-damaged") == 0


def test_silent_file_can_be_accepted(tmp_path: Path, capsys: Capture) -> None:
    path = write_audio(tmp_path / "rest.wav", sine(1.0, level=0))
    assert run(path) == 1
    err = capsys.readouterr().err
    assert "Nothing to hear" in err
    assert err.endswith("To try anyway, add --accept-silent.\n")
    assert run(path, "--accept-silent") == 0


def test_unwritable_output_is_said_before_the_work(
    song: Path, tmp_path: Path, scene: Scene, capsys: Capture
) -> None:
    (tmp_path / "file").touch()
    assert run(song, "-o", tmp_path / "file" / "out.mid") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mt3-desktop: Can't save in")
    assert scene.heard == []


def test_output_with_a_name_too_long_is_said_before_the_work(
    song: Path, tmp_path: Path, scene: Scene, capsys: Capture
) -> None:
    assert run(song, "-o", tmp_path / f"{'x' * 300}.mid") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"mt3-desktop: Can't save in \"{tmp_path}\". The file's name is too long."
    assert run(song, "-o", tmp_path / ("x" * 300)) == 1
    assert capsys.readouterr().err.endswith("The file's name is too long.\n")
    assert scene.heard == []


def test_recording_with_the_longest_name(tmp_path: Path, scene: Scene, capsys: Capture) -> None:
    song = write_audio(tmp_path / f"{'ö' * 125}.wav", tone_song(SCRIPT, duration=5.0))
    assert run(song, "--format", "midi,json", "--tracks") == 0
    scene.errors = {1: OutOfMemory("The computer ran out of memory.")}
    assert run(song) == 1
    assert "Broken off at 0:02. The notes are in" in capsys.readouterr().err
    assert len(files(tmp_path)) == 1 + 4 + 1 + 1  # the recording, tracks, table, and what was heard so far


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_full_disk_says_so_and_loses_nothing(song: Path, home: Path, capsys: Capture) -> None:
    assert run(song, "-o", "/dev/full", "--format", "midi") == 1
    first, second = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r'mt3-desktop: Disk full — "full" was not saved\. /(dev)? has no room left\.', first)
    assert second == f"mt3-desktop: The notes are in {home / 'rescued' / 'song.mid'}"
    assert (home / "rescued" / "song.mid").read_bytes().startswith(b"MThd")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["-m", "nothing"], 'There is no model "nothing".'),
        (["-m", "remote", "--no-download"], "Get it with: mt3-desktop models get remote"),
        (["-m", "./gone.pth"], 'Can\'t find "gone.pth".'),
    ],
)
def test_no_model_is_status_3(song: Path, capsys: Capture, words: list[str], text: str) -> None:
    assert run(song, song, *words) == 3
    err = capsys.readouterr().err
    assert err.count(text) == 1
    assert len(err.splitlines()) == 1


def test_damaged_weights_are_status_3(song: Path, scene: Scene) -> None:
    scene.build_error = DamagedCheckpoint("The weights of Fake can't be loaded.")
    assert run(song) == 3


def test_missing_device_is_said_once(song: Path, scene: Scene, capsys: Capture) -> None:
    scene.build_error = DeviceUnavailable("There is no CUDA device.")
    assert run(song, song) == 1
    assert capsys.readouterr().err.count("There is no CUDA device.") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["a.wav", "b.wav", "-o", "out.mid"],
        ["a.wav", "-o", "out.doc"],
        ["a.wav", "--format", "mp3"],
        ["a.wav", "--option", "memory"],
        [],
        ["a.wav", "--no-such-flag"],
    ],
)
def test_wrong_usage_is_status_2(words: list[str], capsys: Capture) -> None:
    try:
        status = run(*words)
    except SystemExit as stop:  # argparse leaves like this
        status = int(stop.code or 0)
    assert status == 2
    assert "Traceback" not in capsys.readouterr().err


def test_our_own_mistake_is_one_line(song: Path, scene: Scene, capsys: Capture) -> None:
    scene.build_error = TypeError("bug")
    assert run(song) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mt3-desktop: Something unexpected went wrong")
    with pytest.raises(TypeError):
        main(["--debug", "transcribe", str(song)])


def test_debug_is_off_again_afterwards(song: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert run(song) == 0
    assert not caplog.records


# --- stopping ---


@pytest.fixture
def usual_sigint() -> Iterator[None]:
    """A shell that starts us in the background has SIGINT ignored."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)


def press_ctrl_c(index: int) -> None:
    if index == 1:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.usefixtures("usual_sigint")
def test_ctrl_c_keeps_the_notes_so_far_under_another_name(
    song: Path, tmp_path: Path, scene: Scene, capsys: Capture
) -> None:
    scene.before_segment = press_ctrl_c
    (tmp_path / "out.mid").write_bytes(b"old")
    assert run(song, song, "-o", tmp_path / "outs") == 130
    assert files(tmp_path / "outs") == ["song.incomplete.mid"]
    expected = f"mt3-desktop: Stopped at 0:02. The notes are in {tmp_path / 'outs' / 'song.incomplete.mid'}"
    assert capsys.readouterr().err.splitlines() == [expected]
    assert scene.closed == 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_before_the_first_note_writes_nothing(
    song: Path, tmp_path: Path, scene: Scene, capsys: Capture
) -> None:
    scene.before_segment = lambda _index: signal.raise_signal(signal.SIGINT)
    assert run(song) == 130
    assert files(tmp_path) == ["song.wav"]
    assert capsys.readouterr().err == "mt3-desktop: Stopped. Nothing was written.\n"


def test_ctrl_c_stops_all_that_are_heard_side_by_side(
    song: Path, tmp_path: Path, scene: Scene, capsys: Capture
) -> None:
    scene.side_by_side = 2
    is_pressed = False

    def press_once(index: int) -> None:
        nonlocal is_pressed
        if index == 1 and not is_pressed:
            is_pressed = True
            press_ctrl_c(index)

    scene.before_segment = press_once
    other = write_audio(tmp_path / "other.wav", tone_song(SCRIPT, duration=5.0))
    assert run(song, other, "-o", tmp_path / "outs") == 130
    assert files(tmp_path / "outs") == ["other.incomplete.mid", "song.incomplete.mid"]
    assert capsys.readouterr().err.count("Stopped at 0:02.") == 2


@pytest.mark.parametrize("side_by_side", [1, 2, 9])
def test_several_recordings_side_by_side(
    song: Path, tmp_path: Path, scene: Scene, capsys: Capture, side_by_side: int
) -> None:
    scene.side_by_side = side_by_side
    (tmp_path / "words.mp3").write_text("words")
    other = write_audio(tmp_path / "other.wav", tone_song(SCRIPT, duration=3.0))
    (tmp_path / "live").mkdir()
    live = write_audio(tmp_path / "live" / "song.wav", tone_song(SCRIPT, duration=9.0))
    assert run(other, tmp_path / "words.mp3", song, live, "-o", tmp_path / "outs") == 1
    assert files(tmp_path / "outs") == ["other.mid", "song (2).mid", "song.mid"]
    out, err = capsys.readouterr()
    assert sorted(line.split(":")[0] for line in out.splitlines()) == ["other.wav", "song.wav", "song.wav"]
    assert err.endswith("3 of 4 done, 1 failed.\n")


def test_failure_on_the_way_keeps_the_notes_so_far(
    song: Path, tmp_path: Path, scene: Scene, capsys: Capture
) -> None:
    scene.errors[1] = OutOfMemory("The computer ran out of memory.")
    assert run(song, "-o", tmp_path / "out.mid") == 1
    assert files(tmp_path) == ["out.incomplete.mid", "song.wav"]
    assert "Broken off at 0:02." in capsys.readouterr().err


# --- for programs ---


def test_json_lines_tell_everything(song: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(song, tmp_path / "gone.wav", "--json", "-o", tmp_path / "out") == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    events = [line["event"] for line in lines]
    assert events[0] == "started"
    assert list(dict.fromkeys(events)) == ["started", "progress", "done", "failed"]
    (done,) = (line for line in lines if line["event"] == "done")
    assert done["outputs"] == [str(tmp_path / "out" / "song.mid")]
    assert (done["notes"], done["duration"]) == (5, 5.0)
    (failed,) = (line for line in lines if line["event"] == "failed")
    assert (failed["error"], failed["message"]) == ("AudioNotFound", 'Can\'t find "gone.wav".')
    stages = [line["stage"] for line in lines if line["event"] == "progress"]
    assert stages[-1] == "done"


def test_version(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("mt3-desktop 0.")


def test_window_without_a_screen_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert main([]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mt3-desktop: There is no screen to open a window on.")


def test_window_without_its_libraries_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    class Broken(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise ImportError("libEGL.so.1: cannot open shared object file", name="PySide6.QtGui")

    monkeypatch.setitem(sys.modules, "mt3_desktop.gui.main", Broken("mt3_desktop.gui.main"))
    assert main(["gui"]) == 1
    assert "a library that it needs is missing: libEGL.so.1" in capsys.readouterr().err


# --- passages ---


@pytest.mark.parametrize(("start", "stop"), [("0:02", "4"), ("2", "0:04.0")])
def test_passage(song: Path, tmp_path: Path, scene: Scene, start: str, stop: str) -> None:
    scene.script = (Note(0.25, 0.5, 60, 100, 0),)
    assert run(song, "--from", start, "--to", stop, "-o", tmp_path / "out.csv") == 0
    assert [clip.duration for clip in scene.clips] == [2.0]
    assert "\n2.25" in (tmp_path / "out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--from", "abc"], '"abc" is not a time such as 1:20 or 80.5.'),
        (["--to", "1:75"], "an hour has 60 minutes of 60 seconds"),
        (["--from", "2:00", "--to", "1:00"], "The end must come after the beginning."),
    ],
)
def test_nonsense_is_wrong_usage(song: Path, capsys: Capture, words: list[str], sentence: str) -> None:
    try:
        status = run(song, *words)
    except SystemExit as end:  # argparse's own way
        status = int(end.code or 0)
    assert status == 2
    assert sentence in capsys.readouterr().err
    assert files(song.parent) == ["song.wav"]


def test_passage_behind_the_end_is_said(song: Path, capsys: Capture) -> None:
    assert run(song, "--from", "1:20") == 1
    assert '"song.wav" ends at 0:05. There is nothing to hear from 1:20 on.' in capsys.readouterr().err
