"""A small note bank of own synthesis, so that no SoundFont is needed."""

import pytest


@pytest.fixture(scope="session")
def bank(tmp_path_factory):
    import numpy as np

    from mt3_desktop.core.nn.lite_features import GROUPS
    from training.bank import Bank, BankWriter
    from training.drum_synthesis import add_kits
    from training.instruments import GROUP_OF_PROGRAM, RANGES, USED_PROGRAMS
    from training.synthesis import Patch

    folder = tmp_path_factory.mktemp("bank")
    writer = BankWriter(1, 1)
    for program in USED_PROGRAMS:
        rng = np.random.default_rng(program)
        patch = Patch(GROUPS[GROUP_OF_PROGRAM[program]].name, rng)
        low, high = RANGES[program]
        for pitch in range(low, high + 1, 24):
            writer.add(patch.note(pitch, 90, 0.3), font=0, slot=program, pitch=pitch, layers=(0, 1))
        writer.add_release(font=0, slot=program, seconds=patch.release)
    add_kits(writer, n_kits=1, seed=1)
    writer.write(folder / "own")
    return Bank.load([folder / "own"])
