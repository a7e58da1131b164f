from __future__ import annotations

import pytest

from mt3_desktop.app.messages import Action, Level, Messages, Situation, describe
from mt3_desktop.core import errors


def test_an_error_of_ours_speaks_for_itself() -> None:
    message = describe(errors.UnsupportedAudio('Can\'t read "a.wav".', hint="The file is empty."))

    assert message.title == 'Can\'t read "a.wav"'
    assert message.text == "The file is empty."
    assert message.actions[0] is Action.CHOOSE_FILE


def test_a_foreign_error_becomes_one_calm_sentence_with_details() -> None:
    message = describe(RuntimeError("tensor size mismatch"))

    assert "tensor" not in message.title + message.text
    assert "tensor size mismatch" in message.detail
    assert Action.SHOW_LOG in message.actions


def test_what_was_heard_is_said_to_be_kept() -> None:
    message = describe(RuntimeError("boom"), Situation(heard_until=112.4, device="cuda"))

    assert message.title == "Transcription stopped unexpectedly at 1:52"
    assert message.text == "Everything up to 1:52 is kept."
    assert message.actions[:2] == (Action.CONTINUE, Action.CONTINUE_ON_CPU)


def test_the_cpu_is_not_offered_to_who_uses_it() -> None:
    error = errors.OutOfMemory("The computer ran out of memory.")

    assert Action.CONTINUE_ON_CPU not in describe(error, Situation(10.0, "cpu")).actions
    assert Action.CONTINUE_ON_CPU in describe(error, Situation(10.0, "cuda")).actions


def test_out_of_memory_says_where() -> None:
    error = errors.OutOfMemory(
        "The graphics card ran out of memory.", hint="Closing other programs can help."
    )

    message = describe(error, Situation(112.0, "cuda"))

    assert message.title == "The graphics card ran out of memory at 1:52"
    assert message.text == "Everything up to 1:52 is kept. Closing other programs can help."


@pytest.mark.parametrize("kind", [kind for kind in vars(errors).values() if isinstance(kind, type)])
def test_every_error_has_something_to_do_about_it(kind: type[errors.MT3Error]) -> None:
    error = kind("Sentence.", seconds=1.0) if kind is errors.DamagedAudio else kind("Sentence.")  # type: ignore[call-arg]

    message = describe(error)

    assert message.actions
    assert message.level in (Level.WARNING, Level.ERROR)


def test_a_message_reaches_who_listens(qtbot: object) -> None:
    messages = Messages()
    heard: list[str] = []
    messages.posted.connect(lambda message: heard.append(message.title))

    messages.success("Saved song.mid")

    assert heard == ["Saved song.mid"]
