from __future__ import annotations

import pytest

from mt3_desktop.app.wording import counted, menu_text, speed_text, tool_tip
from mt3_desktop.core.store.disk import size_text


@pytest.mark.parametrize(
    ("n_bytes", "text"), [(812_000, "812 kB"), (184_000_000, "184 MB"), (1_200_000_000, "1.2 GB")]
)
def test_sizes(n_bytes: float, text: str) -> None:
    assert size_text(n_bytes) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 notes"), (1, "1 note"), (1204, "1,204 notes")])
def test_counts(number: int, text: str) -> None:
    assert counted(number, "note") == text


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        (None, "speed here not yet measured"),
        (50 / 180, "a 3 min song takes about 0:50 here"),
        (2.0, "a 3 min song takes about 6:00 here"),
        (1e-4, "a 3 min song takes about 0:01 here"),
    ],
)
def test_speeds(cost: float | None, text: str) -> None:
    assert speed_text(cost) == text


def test_a_name_is_no_key_and_no_markup() -> None:
    assert menu_text("Drum & Bass") == "Drum && Bass"
    assert tool_tip("Drum & Bass\nready") == "Drum & Bass\nready"  # Qt takes it as it is
    assert tool_tip("<b>A & B</b>\nready") == "<qt>&lt;b&gt;A &amp; B&lt;/b&gt;<br>ready</qt>"
