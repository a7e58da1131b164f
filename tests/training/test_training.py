"""Examples, loop, state and export on a network small enough to train here."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

pytest.importorskip("scipy", reason="install the training extra")
pytest.importorskip("numba", reason="install the training extra")

from mt3_desktop.core.nn.lite import LiteNet
from mt3_desktop.core.nn.lite_features import GROUPS, FrontEnd, LiteConfig
from mt3_desktop.core.nn.lite_model import LiteNetwork
from training.examples import make_example
from training.export import export, write_decoding
from training.feed import made_here
from training.loop import Plan, Trainer, first_state, make_batch
from training.losses import GROUP_WEIGHTS, losses, total
from training.state import keep, load_full, load_kept, save_full

TINY = LiteConfig(
    channels=4, cells=2, context=32, context_layers=1, group_context=32, group_layers=1, group_hidden=4,
    drum_channels=8, drum_layers=1,
)  # fmt: skip
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained(bank):
    torch.manual_seed(0)
    net = LiteNet(TINY)
    state = first_state(net, "nothing")
    plan = Plan(frames=256, buffer=4, new_per_step=2)
    trainer = Trainer(net, made_here(bank, FrontEnd(TINY), 1), state, plan, CPU)
    parts = [trainer.step(1e-3) for _ in range(3)]
    return trainer.state, parts


def test_a_seed_gives_one_example(bank):
    front_end = FrontEnd(TINY)
    first, again = (make_example(5, bank, front_end) for _ in range(2))
    assert np.array_equal(first.pitch, again.pitch)
    assert all(np.array_equal(a, b) for a, b in zip(first.targets, again.targets, strict=True))


def test_a_batch_is_cut_alike_from_features_and_targets(bank):
    examples = [make_example(seed, bank, FrontEnd(TINY)) for seed in (1, 2)]
    batch = make_batch(examples, 128, np.random.default_rng(0))
    assert batch.pitch.shape == (2, 2, 128, TINY.bins)
    assert batch.drum_bands.shape[1] == batch.drums.shape[1] == 256
    assert batch.group.dtype == torch.int64


def test_every_weight_gets_a_gradient(bank):
    net = LiteNet(TINY)
    for parameter in net.parameters():  # layers that start at zero would hide those before them
        torch.nn.init.normal_(parameter, std=0.05)
    examples = [make_example(seed, bank, FrontEnd(TINY)) for seed in (1, 2, 3)]
    batch = make_batch(examples, 128, np.random.default_rng(0))
    from training.loop import features_of

    total(losses(net(features_of(batch)), batch)).backward()
    without = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().any()]
    assert without == []


def test_rarer_groups_weigh_more():
    """By the inverse root: guitars are common, flutes are not, and no group is left out."""
    weights = dict(zip((group.name for group in GROUPS), GROUP_WEIGHTS, strict=True))
    assert min(weights, key=weights.__getitem__) == "guitar"
    assert max(weights, key=weights.__getitem__) == "pipe"


def test_steps_change_weights_and_count_what_was_seen(trained):
    state, parts = trained
    assert np.isfinite(parts).all()
    assert state.seen.steps == 3
    assert state.seen.next_seed == 1 + 6
    assert any((state.weights[name] != state.mean[name]).any() for name in state.weights)


def test_full_state_comes_back_with_its_moments(trained, tmp_path):
    state, _ = trained
    save_full(state, tmp_path / "state.pt")
    again = load_full(tmp_path / "state.pt")
    assert again.seen == state.seen
    assert again.moments is not None
    assert all(torch.equal(again.mean[name], value) for name, value in state.mean.items())


def test_kept_state_is_enough_to_go_on(trained, tmp_path, bank):
    state, _ = trained
    keep(state, tmp_path)
    again = load_kept(tmp_path)
    assert again.seen == state.seen
    examples = made_here(bank, FrontEnd(TINY), again.seen.next_seed)
    trainer = Trainer(LiteNet(TINY), examples, again, Plan(frames=256, new_per_step=1), CPU)
    trainer.step(1e-3)
    assert trainer.state.seen.steps == state.seen.steps + 1


def test_what_is_exported_can_be_loaded_and_keeps_its_settings(trained, tmp_path):
    state, _ = trained
    export(state, tmp_path, TINY)
    first = LiteNetwork.load(tmp_path, CPU)
    write_decoding(tmp_path, replace(first.decoding, threshold=0.37))
    export(state, tmp_path, TINY)
    again = LiteNetwork.load(tmp_path, CPU)
    assert again.decoding.threshold == 0.37
    assert json.loads((tmp_path / "config.json").read_text())["network"]["channels"] == 4
    assert list(again.stream(np.zeros(16_000, np.float32), check=lambda: None))[-1].count == 1


def test_learning_rate_rises_and_falls(bank):
    plan = Plan(rate=1.0, warm_up=10, flat=0.5, floor=0.05)
    net = LiteNet(TINY)
    trainer = Trainer(net, iter(()), first_state(net), plan, CPU)
    rates = [trainer._rate(p, s) for p, s in ((0.0, 0), (0.4, 50), (0.75, 50), (1.0, 50))]
    assert rates == pytest.approx([0.1, 1.0, 0.5, 0.05])
