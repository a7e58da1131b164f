"""The comparison with mt3-infer, against a program that stands in for it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import checkpoints, peer
from benchmarks.__main__ import measure_apart
from benchmarks.checkpoints import write_mt3
from benchmarks.song import write_song
from mt3_desktop.core.nn.t5 import T5Config


def test_a_python_without_the_peer_is_told_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert not peer.has_peer(tmp_path / "no such python")
    monkeypatch.setattr(sys, "argv", ["peer", "--peer-python", str(tmp_path / "no such python")])
    assert peer.main() == 0
    assert "nothing to compare with" in capsys.readouterr().out


class TestPeer:
    """Against a program that answers as `peer_side.py` does."""

    N_ROWS = 2

    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        small = T5Config(
            d_model=512, d_kv=64, num_heads=1, d_ff=32, num_layers=1, num_decoder_layers=1, vocab_size=1536
        )
        monkeypatch.setattr(checkpoints, "CONFIG", small)
        write_mt3(tmp_path, tokens=20)
        write_song(tmp_path / "song.f32", 3.0)
        shown = np.random.default_rng(0).normal(size=(self.N_ROWS, 256, 512)).astype(np.float32)
        np.save(tmp_path / "shown.npy", shown)
        return tmp_path

    def stand_in(self, folder: Path, ids: list[list[int]]) -> Path:
        """A "Python" that copies the features and prints an answer."""
        answer = {"load": 1, "front end": 1, "network": 8, "notes": 1, "peak": 100, "ids": ids}
        (folder / "answer.py").write_text(
            "import json, shutil, sys\n"
            f"shutil.copy({str(folder / 'shown.npy')!r}, json.loads(sys.argv[-1])['features'])\n"
            f"print({json.dumps(answer)!r})\n"
        )
        script = folder / "python"
        script.write_text(
            f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(folder / "answer.py"))} "$@"\n'
        )
        script.chmod(0o755)
        return script

    @pytest.mark.slow
    @pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for the peer's Python")
    def test_ids_are_compared(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = {"model": "mt3_pytorch", "weights": str(folder / "mt3.pth"), "device": "cpu", "threads": 1}
        ours = measure_apart(
            asked | {"song": str(folder / "song.f32"), "features": str(folder / "shown.npy")}
        )
        monkeypatch.setattr(peer, "measure_apart", lambda _: ours)  # the same again: it takes seconds
        ids = [list(row) for row in ours.ids]
        assert len(ids) == self.N_ROWS
        found = peer.compare(self.stand_in(folder, ids), "mt3_pytorch", folder, folder)
        assert found["equal rows"] == found["rows"] == self.N_ROWS
        assert found["ratio"] == pytest.approx(10 / found["ours cpu s"])
        ids[1] = [1390, *ids[1]]
        with pytest.raises(SystemExit, match="row 1 differs"):
            peer.compare(self.stand_in(folder, ids), "mt3_pytorch", folder, folder)
