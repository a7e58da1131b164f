"""Make the built-in model.

On a CPU, from nothing to shipped weights (Debian: fluidr3mono-gm-soundfont, musescore-general-soundfont,
timgm6mb-soundfont; Python: pip install '.[training]' and pip install --no-deps tinysoundfont; for --speakers
Debian: flite, festival, festvox-{kallpc16k,kdlpc16k,us-slt-hts,ca-ona-hts,suopuhe-lj,suopuhe-mv} and Python:
pip install pyworld 'setuptools<81'):

  S=/usr/share/sounds
  python -m training bank work/fonts --font $S/sf3/FluidR3Mono_GM.sf3 --font $S/sf3/MuseScore_General_Full.sf3
  python -m training bank work/own --patches 3 --kits 21
  python -m training bank work/speakers --speakers --seed 5
  python -m training train work/state.pt --bank work/fonts --bank work/own --bank work/speakers --minutes 600
  python -m training export work/state.pt
  python -m training tune --font $S/sf2/TimGM6mb.sf2
  python -m training evaluate --font $S/sf2/TimGM6mb.sf2
  python -m training evaluate --font $S/sf2/TimGM6mb.sf2 --lines --speakers work/speakers.npz

On a CPU, MALLOC_MMAP_THRESHOLD_=8589934592 MALLOC_TRIM_THRESHOLD_=8589934592 in the environment save a
twelfth of the time: glibc then keeps the memory of large tensors instead of fetching it anew for each.

Each stretch of `train` goes on where the state file stands; without one it starts from the kept state in
training/state (or, with --fresh, from nothing). Examples come from seeds and never repeat. Keep copies of
the state at the ends of long stretches: `export work/end1.pt work/end2.pt work/state.pt` ships their mean,
which has been better than each; a repeated path weighs more. With a GPU add
--device cuda --workers 14 --frames 8192 --new 16 --rate 3e-3
(not tried yet: all training was on CPUs).
The font of `tune` and `evaluate` must not be in a bank.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from mt3_desktop.core.nn.lite import LiteNet
from mt3_desktop.core.nn.lite_features import FrontEnd, LiteConfig
from mt3_desktop.core.nn.lite_model import LiteNetwork
from training.loop import Plan, Trainer, first_state
from training.state import State, averaged, keep, load_full, load_kept, save_full

if TYPE_CHECKING:
    from training.bank import BankWriter
    from training.examples import Example
    from training.validation import Clip

KEPT = Path(__file__).parent / "state"
MODEL = Path(__file__).parent.parent / "resources" / "lite"


def main(arguments: list[str] | None = None) -> None:
    """Run one of the commands."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    options.run(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1, help="threads of a tensor operation")
    commands = parser.add_subparsers(required=True)

    bank = commands.add_parser("bank", help="render every note of some sounds once")
    bank.add_argument("path", type=Path, help="PATH.npy and PATH.npz are written")
    bank.add_argument("--font", type=Path, action="append", default=[], help="a SoundFont")
    bank.add_argument("--patches", type=int, default=0, help="sets of own synthesis")
    bank.add_argument("--kits", type=int, default=0, help="drum kits of own synthesis")
    bank.add_argument("--speakers", action="store_true", help="spectra of the voices of speech synthesisers")
    bank.add_argument("--seed", type=int, default=77)
    bank.set_defaults(run=_bank)

    train = commands.add_parser("train", help="train for a while")
    train.add_argument("state", type=Path, help="local state file, made or gone on from")
    train.add_argument("--bank", type=Path, action="append", required=True)
    train.add_argument("--fresh", action="store_true", help="start from nothing, not from the kept state")
    train.add_argument("--device", default="cpu")
    train.add_argument("--workers", type=int, default=0, help="processes that make examples; 0: none")
    train.add_argument("--every", type=int, default=50, help="steps between reports")
    names = {"minutes": "--minutes", "rate": "--rate", "flat": "--flat", "frames": "--frames",
             "new_per_step": "--new", "buffer": "--buffer"}  # fmt: skip
    defaults = {field.name: field.default for field in fields(Plan)}
    for name, flag in names.items():
        kind = type(defaults[name])
        train.add_argument(flag, dest=name, type=kind, default=defaults[name], help=f"see Plan.{name}")
    train.set_defaults(run=_train, plan_names=tuple(names))

    export = commands.add_parser("export", help="write what ships, and the kept state")
    export.add_argument("state", type=Path, nargs="+", help="of several, the mean of their weights")
    export.add_argument("--model", type=Path, default=MODEL)
    export.add_argument("--kept", type=Path, default=KEPT)
    export.set_defaults(run=_export)

    for name, run, text in (
        ("tune", _tune, "choose thresholds on rendered clips and write them into the model"),
        ("evaluate", _evaluate, "print the figures of the model card"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--model", type=Path, default=MODEL)
        command.add_argument("--font", type=Path, required=True, help="a SoundFont that was not trained on")
        command.add_argument("--per-kind", type=int, default=4)
        command.add_argument("--first-seed", type=int, default=None)
        command.set_defaults(run=run, lines=False)
    command.add_argument(
        "--lines", action="store_true", help="on slurred and sung lines instead of pieces of every kind"
    )
    command.add_argument("--speakers", type=Path, help="with --lines: a file by `bank --speakers` sings, too")
    return parser


def _bank(options: argparse.Namespace) -> None:
    if bool(options.font) + bool(options.patches or options.kits) + options.speakers > 1:
        raise SystemExit("Make one bank of the SoundFonts, another of own synthesis, another of speakers.")
    if options.speakers:
        from training.speakers import write_speakers

        options.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_speakers(options.path.with_suffix(".npz"), options.seed)
        except RuntimeError as error:
            raise SystemExit(str(error)) from error
        return
    bank = _bank_of_fonts(options.font) if options.font else _bank_of_own_synthesis(options)
    options.path.parent.mkdir(parents=True, exist_ok=True)
    bank.write(options.path)


def _bank_of_fonts(fonts: list[Path]) -> BankWriter:
    from training.bank import BankWriter
    from training.soundfonts import KITS, add_font  # its library is needed for nothing else

    bank = BankWriter(len(fonts), len(KITS))
    for number, path in enumerate(fonts):
        add_font(bank, path, font=number)
    return bank


def _bank_of_own_synthesis(options: argparse.Namespace) -> BankWriter:
    from training.bank import BankWriter
    from training.drum_synthesis import add_kits
    from training.synthesis import add_patches

    bank = BankWriter(max(1, options.patches), options.kits)
    for number in range(options.patches):
        add_patches(bank, font=number, seed=options.seed)
    if options.kits:
        add_kits(bank, n_kits=options.kits, seed=options.seed)
    return bank


def _train(options: argparse.Namespace) -> None:
    config = LiteConfig()
    net = LiteNet(config)
    if options.state.exists():
        state = load_full(options.state)
    else:
        state = first_state(net) if options.fresh else load_kept(KEPT)
    plan = Plan(**{name: getattr(options, name) for name in options.plan_names})
    # A second stretch from the same seed would see the first one's data order, not its data.
    torch.manual_seed(state.seen.next_seed)
    examples = _examples(options, config, state)
    trainer = Trainer(net, examples, state, plan, torch.device(options.device))

    def save(reached: State) -> None:
        save_full(reached, options.state)

    trainer.run(report=lambda line: print(line, flush=True), save=save, every=options.every)


def _examples(options: argparse.Namespace, config: LiteConfig, state: State) -> Iterator[Example]:
    from training.bank import Bank
    from training.feed import made_ahead, made_here

    if options.workers:
        return made_ahead(options.bank, config, state.seen.next_seed, options.workers)
    return made_here(Bank.load(options.bank), FrontEnd(config), state.seen.next_seed)


def _export(options: argparse.Namespace) -> None:
    from training.export import export

    state = averaged([load_full(path) for path in options.state])
    export(state, options.model, LiteConfig())
    keep(state, options.kept)
    size = sum(path.stat().st_size for path in options.model.iterdir())
    print(f"{options.model}: {size / 1e6:.1f} MB after {state.seen.steps} steps")


def _tune(options: argparse.Namespace) -> None:
    from training.export import write_decoding
    from training.tuning import hear, tune

    network = LiteNetwork.load(options.model, torch.device("cpu"))
    decoding = tune(network, hear(network, _clips(options)), report=print)
    write_decoding(options.model, decoding)


def _evaluate(options: argparse.Namespace) -> None:
    from training.evaluation import figures

    print(figures(LiteNetwork.load(options.model, torch.device("cpu")), _clips(options)))


def _clips(options: argparse.Namespace) -> list[Clip]:
    from training.lines import SEEDS, line_clips
    from training.validation import FIRST_SEED, render_clips

    if options.lines:
        first = SEEDS if options.first_seed is None else options.first_seed
        return line_clips(options.font, options.speakers, per_kind=options.per_kind, first_seed=first)
    first = FIRST_SEED if options.first_seed is None else options.first_seed
    return render_clips(options.font, per_kind=options.per_kind, first_seed=first)


if __name__ == "__main__":
    main()
