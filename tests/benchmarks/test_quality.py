"""How right notes are, on labelled clips."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pretty_midi
import pytest

from benchmarks.quality import Label, clips, measure, score
from mt3_desktop.api import Transcriber
from mt3_desktop.core.values import Note

PIANO = [Label(0.5 * k, 0.5 * k + 0.4, 60 + k, 0, False) for k in range(4)]
KICKS = [Label(0.5 * k, 0.5 * k + 0.1, 36, 0, True) for k in range(2)]


def test_the_same_notes_are_all_right() -> None:
    told = score([*PIANO, *KICKS], [*PIANO, *KICKS], "all")
    assert told == {"onset": 100, "with offset": 100, "drums": 100, "right family": 100}


def test_each_figure_tells_its_own_fault() -> None:
    late = [label._replace(onset=label.onset + 0.1, offset=label.offset + 0.1) for label in PIANO[:2]]
    assert score(PIANO, [*late, *PIANO[2:]], "all")["onset"] == 50
    long = [label._replace(offset=label.offset + 0.3) for label in PIANO]
    assert score(PIANO, long, "all") == {"onset": 100, "with offset": 0, "right family": 100}
    organ = [label._replace(program=19) for label in PIANO]
    assert score(PIANO, organ, "all") == {"onset": 100, "with offset": 100, "right family": 0}
    snare = [KICKS[0], KICKS[1]._replace(pitch=38)]
    assert score(KICKS, snare, "drums") == {"drums": 50}


def test_a_sound_without_a_family_may_be_called_anything() -> None:
    voice = [label._replace(program=-1) for label in PIANO]
    assert score(voice, PIANO, "all")["right family"] == 100


def test_what_is_not_labelled_is_not_counted() -> None:
    assert score(KICKS, [*PIANO, *KICKS], "drums") == {"drums": 100}
    assert score(PIANO, [*PIANO, *KICKS], "pitched") == {"onset": 100, "with offset": 100}


def test_clips_are_read_from_tables_and_midi_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "onset_s,offset_s,pitch,program,is_drum\n0.5,1.0,60,-1,0\n1.0,1.1,36,0,1\n"
    )
    midi = pretty_midi.PrettyMIDI()
    midi.instruments.append(pretty_midi.Instrument(40))
    midi.instruments[0].notes.append(pretty_midi.Note(90, 64, 0.25, 0.75))
    midi.write(str(tmp_path / "b.mid"))
    (tmp_path / "manifest.csv").write_text(
        "stem,audio,labels,seconds,scope\na,a.flac,a.csv,2,drums\nb,b.flac,b.mid,3,\n", encoding="utf-8"
    )
    table, file = clips(tmp_path)
    assert table.labels == (Label(0.5, 1.0, 60, -1, False), Label(1.0, 1.1, 36, 0, True))
    assert (table.audio, table.scope) == (tmp_path / "a.flac", "drums")
    assert file.labels[0][2:] == (64, 40, False)
    assert (file.seconds, file.scope) == (3, "all")


def test_figures_are_means_over_the_clips_that_have_something_to_find(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("onset_s,offset_s,pitch,program,is_drum\n0.5,1.0,60,0,0\n")
    (tmp_path / "b.csv").write_text("onset_s,offset_s,pitch,program,is_drum\n0.5,1.0,36,0,1\n")
    (tmp_path / "manifest.csv").write_text("stem,audio,labels,seconds\na,a,a.csv,2\nb,b,b.csv,3\n")
    model = SimpleNamespace(transcribe=lambda _audio: SimpleNamespace(notes=(Note(0.5, 1.0, 60, 80, 0),)))
    told = measure(cast(Transcriber, model), clips(tmp_path))
    assert (told["clips"], told["seconds"]) == (2, 5)
    assert (told["onset"], told["drums"]) == (100, 0)
    assert told["right family"] == pytest.approx(50)
