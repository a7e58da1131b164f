"""The commands of `python -m training`."""

from dataclasses import replace

import pytest
import torch

pytest.importorskip("scipy", reason="install the training extra")
pytest.importorskip("numba", reason="install the training extra")

from mt3_desktop.core.nn.lite import LiteNet
from mt3_desktop.core.nn.lite_features import LiteConfig
from mt3_desktop.core.nn.lite_model import LiteNetwork
from training.__main__ import KEPT, MODEL, main
from training.loop import first_state
from training.state import load_full, load_kept, save_full


def test_help_says_how_to_reproduce_the_weights(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    for command in ("bank", "train", "export", "tune", "evaluate"):
        assert f"python -m training {command}" in text


def test_training_for_no_time_starts_from_the_kept_state(tmp_path, bank, monkeypatch):
    monkeypatch.setattr("training.bank.Bank.load", lambda _paths: bank)
    main(["train", str(tmp_path / "state.pt"), "--bank", "any", "--minutes", "1e-9"])
    kept, reached = load_kept(KEPT), load_full(tmp_path / "state.pt")
    assert reached.seen.steps == kept.seen.steps
    assert all(torch.equal(reached.weights[name], value) for name, value in kept.weights.items())


def test_export_writes_a_model_and_the_kept_state(tmp_path, capsys):
    state = first_state(LiteNet(LiteConfig()), "nothing")
    save_full(state, tmp_path / "state.pt")
    model, kept = tmp_path / "model", tmp_path / "kept"
    main(["export", str(tmp_path / "state.pt"), "--model", str(model), "--kept", str(kept)])
    assert "after 0 steps" in capsys.readouterr().out
    assert LiteNetwork.load(model, torch.device("cpu")).window_frames == 256
    assert load_kept(kept).seen == state.seen


def test_the_mean_of_several_stretches_ships_and_training_goes_on_from_it(tmp_path):
    paths = []
    for seed, steps in ((1, 10), (2, 30)):
        torch.manual_seed(seed)
        state = first_state(LiteNet(LiteConfig()))
        paths.append(tmp_path / f"end{seed}.pt")
        save_full(replace(state, seen=replace(state.seen, steps=steps)), paths[-1])
    model, kept = tmp_path / "model", tmp_path / "kept"
    main(["export", *map(str, paths), "--model", str(model), "--kept", str(kept)])
    one, other = (load_full(path).mean for path in paths)
    again = load_kept(kept)
    assert again.seen.steps == 30
    for name, value in again.weights.items():
        torch.testing.assert_close(value, (one[name] + other[name]) / 2, atol=2e-3, rtol=2e-3)


def test_what_ships_is_the_kept_state():
    shipped = LiteNetwork.load(MODEL, torch.device("cpu")).net.state_dict()
    kept = load_kept(KEPT).weights
    assert all(torch.equal(shipped[name], value) for name, value in kept.items())


def test_fonts_and_own_synthesis_go_into_separate_banks(tmp_path):
    with pytest.raises(SystemExit, match="another"):
        main(["bank", str(tmp_path / "bank"), "--font", "a.sf2", "--kits", "1"])


def test_a_bank_of_own_synthesis_is_written(tmp_path):
    from training.bank import Bank

    main(["bank", str(tmp_path / "own"), "--kits", "2"])
    bank = Bank.load([tmp_path / "own"])
    assert bank.kits == ((0, 128), (0, 129))
