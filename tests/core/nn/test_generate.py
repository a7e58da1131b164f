"""The window of rows: who is decoded when, and that it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mt3_desktop.core.nn.generate import Decoded, Limits, Row, Window, greedy
from mt3_desktop.core.progress import CancelToken

EOS = 1


class ScriptedBatch:
    """Rows whose ids are written in their encoder output, one a frame; counts what it is asked to do."""

    def __init__(self, *, room: int = 99, steps: int = 1, ceiling: int | None = None) -> None:
        self.scripts: list[Tensor] = []
        self.places: list[int] = []
        self.room = room
        self.steps = steps
        self.ceiling = ceiling  # ids that all rows together may hold
        self.widths: list[int] = []

    def __len__(self) -> int:
        return len(self.scripts)

    def admissible(self) -> int:
        return max(0, self.room - len(self.scripts))

    def surplus(self) -> int:
        return 1 if self.ceiling is not None and len(self) > 1 and sum(self.places) > self.ceiling else 0

    def admit(self, encoded: Tensor) -> None:
        self.scripts.extend(encoded[:, :, 0])
        self.places.extend([0] * len(encoded))

    def remove(self, place: int) -> None:
        for column in (self.scripts, self.places):
            column[place] = column[-1]
            column.pop()

    def advance(self, ids: Tensor) -> Tensor:
        fed = [
            0 if place == 0 else int(script[place - 1])
            for script, place in zip(self.scripts, self.places, strict=True)
        ]
        assert ids.tolist() == fed, "every row is fed the id it gave last"
        self.widths.append(len(self))
        drawn = torch.zeros(self.steps, len(self), dtype=torch.int64)
        for step in range(self.steps):
            for row, (script, place) in enumerate(zip(self.scripts, self.places, strict=True)):
                drawn[step, row] = script[min(place + step, len(script) - 1)]
        self.places = [place + self.steps for place in self.places]
        return drawn


def rows(scripts: list[list[int]]) -> Iterator[Row[int]]:
    longest = max(map(len, scripts), default=1)
    for key, script in enumerate(scripts):
        padded = script + [7] * (longest - len(script))
        yield Row(key, torch.tensor(padded, dtype=torch.float32)[:, None])


def run(
    batch: ScriptedBatch, scripts: list[list[int]], *, limits: Limits, window: Window
) -> list[Decoded[int]]:
    return list(greedy(batch, rows(scripts), limits=limits, window=window))


LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=20)


@given(
    lengths=LENGTHS,
    width=st.integers(1, 8),
    opening=st.integers(1, 8),
    room=st.integers(1, 9),
    steps=st.integers(1, 4),
    ceiling=st.one_of(st.none(), st.integers(5, 40)),
)
def test_every_row_gets_its_own_ids_whatever_the_window(
    lengths: list[int], width: int, opening: int, room: int, steps: int, ceiling: int | None
) -> None:
    scripts = [[100 * key + i + 2 for i in range(n - 1)] + [EOS] for key, n in enumerate(lengths)]
    batch = ScriptedBatch(room=room, steps=steps, ceiling=ceiling)
    window = Window(rows=width, opening=min(opening, width, room))
    done = run(batch, scripts, limits=Limits(max_ids=50), window=window)
    assert sorted(result.key for result in done) == list(range(len(scripts)))
    assert all(list(result.ids) == scripts[result.key] for result in done)
    assert max(batch.widths) <= min(width, room)
    assert len(batch) == 0


def test_a_finished_rows_place_is_taken_at_once() -> None:
    scripts = [[5] * (n - 1) + [EOS] for n in (2, 6, 3, 3, 2)]
    batch = ScriptedBatch()
    done = run(batch, scripts, limits=Limits(max_ids=50), window=Window(rows=2, opening=2))
    assert [result.key for result in done][:3] == [0, 2, 1]
    assert batch.widths == [2] * 8, "no place is ever empty while rows wait"


@pytest.mark.parametrize(("opening", "widths"), [(1, [1, 1, 1, 4]), (2, [2, 2, 2, 2, 2, 4])])
def test_the_window_opens_wide_when_the_opening_rows_are_done(opening: int, widths: list[int]) -> None:
    scripts = [[5] * (n - 1) + [EOS] for n in (3, 5, 9, 9, 9, 9)]
    batch = ScriptedBatch()
    run(batch, scripts, limits=Limits(max_ids=50), window=Window(rows=4, opening=opening))
    assert batch.widths[: len(widths)] == widths


@pytest.mark.parametrize(("n_rows", "opening"), [(5, 32), (32, 32), (33, 1), (None, 1)])
def test_a_recording_that_fits_into_one_window_is_decoded_at_once(n_rows: int | None, opening: int) -> None:
    assert Window.for_device(torch.device("cpu"), n_rows=n_rows) == Window(32, opening)


def test_a_graphics_card_decodes_everything_at_once() -> None:
    assert Window.for_device(torch.device("cuda"), n_rows=1000) == Window(96, 96)


def test_rows_are_drawn_only_when_there_is_a_place() -> None:
    drawn: list[int] = []

    def watched() -> Iterator[Row[int]]:
        for row in rows([[5, 5, EOS]] * 6):
            drawn.append(row.key)
            yield row

    results = greedy(ScriptedBatch(), watched(), limits=Limits(9), window=Window(rows=2, opening=2))
    next(results)
    assert drawn == [0, 1]


def test_a_row_without_end_stops_at_the_limit() -> None:
    done = run(ScriptedBatch(), [[5] * 30], limits=Limits(max_ids=10), window=Window(rows=1, opening=1))
    assert done == [Decoded(0, (5,) * 10)]


def test_an_end_before_its_earliest_place_does_not_end() -> None:
    limits = Limits(max_ids=10, earliest_end=1)
    done = run(ScriptedBatch(), [[EOS, 5, EOS]], limits=limits, window=Window(rows=1, opening=1))
    assert done == [Decoded(0, (EOS, 5, EOS))]


def test_the_youngest_rows_start_again_when_others_grow_too_long() -> None:
    scripts = [[5] * 20 + [EOS], [6] * 20 + [EOS], [7] * 3 + [EOS]]
    batch = ScriptedBatch(ceiling=24)
    done = run(batch, scripts, limits=Limits(max_ids=50), window=Window(rows=3, opening=3))
    assert {result.key: len(result.ids) for result in done} == {0: 21, 1: 21, 2: 4}
    assert sum(batch.widths) > sum(map(len, scripts)), "the ids of the row sent back were computed twice"


def test_a_cancelled_row_is_cut_off_before_the_next_step_and_the_others_go_on() -> None:
    cancel = CancelToken()
    batch = ScriptedBatch()
    first, second, third = rows([[EOS], [5] * 8 + [EOS], [6] * 8 + [EOS]])
    given = iter([first, Row(second.key, second.encoded, cancel), third])
    results = greedy(batch, given, limits=Limits(9), window=Window(rows=3, opening=3))
    assert next(results) == Decoded(0, (EOS,))
    cancel.cancel()
    assert next(results) == Decoded(1, (5,), is_cut=True)
    assert len(batch.widths) == 1
    assert list(results) == [Decoded(2, (6,) * 8 + (EOS,))]
    assert batch.widths == [3] + [1] * 8


def test_a_row_that_comes_later_joins_those_in_flight() -> None:
    first, second, late = rows([[5] * 5 + [EOS], [6, EOS], [7, EOS]])
    given = iter([first, None, second, None, None, late])
    batch = ScriptedBatch()
    done = greedy(batch, given, limits=Limits(9), window=Window(rows=3, opening=3))
    assert [result.key for result in done] == [1, 2, 0]
    assert batch.widths == [2, 2, 2, 2, 1, 1]
