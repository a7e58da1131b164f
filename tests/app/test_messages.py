from __future__ import annotations

import pytest

from mt3_desktop.app.messages import Action, Level, Messages, Situation, describe
from mt3_desktop.app.sound_messages import lost_message
from mt3_desktop.app.wordings import NO_NOTES
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
    assert message.actions == (Action.CONTINUE, Action.USE_CPU, Action.COPY_DETAILS)


def test_the_cpu_is_not_offered_to_who_uses_it() -> None:
    error = errors.OutOfGraphicsMemory("The graphics card ran out of memory.")

    assert Action.CONTINUE_ON_CPU not in describe(error, Situation(10.0, "cpu")).actions
    assert Action.CONTINUE_ON_CPU in describe(error, Situation(10.0, "cuda")).actions


AT_1_52 = Situation(112.4, "cuda", name="Nocturne.m4a", model="MR-MT3", is_published=True)
NOT_DECODED = "It isn't audio this app can decode, or the file is damaged. The file was not changed."
SMALLER = "Everything up to 1:52 is kept. A smaller model or a shorter range needs less."


# The words of the specification, "Error messages: exact wording"; those of the core's own sentences are
# asserted where they are raised.
@pytest.mark.parametrize(
    ("error", "title", "text", "actions"),
    [
        (
            errors.AudioNotFound("Can't find it."),
            '"Nocturne.m4a" has moved',
            "Your notes are safe. Playback of the original needs the file.",
            "Locate…, Continue without it",
        ),
        (
            errors.OutOfGraphicsMemory("The graphics card ran out of memory.", hint="Of the command line."),
            "The graphics card ran out of memory at 1:52",
            "Everything up to 1:52 is kept. Closing other programs can help.",
            "Continue on CPU, Continue, Stop here",
        ),
        (
            errors.OutOfMemory("The computer ran out of memory."),
            "The computer ran out of memory at 1:52",
            SMALLER,
            "Continue with {built_in}, Stop here",
        ),
    ],
)
def test_the_middle_of_a_song_has_its_words(
    error: errors.MT3Error, title: str, text: str, actions: str
) -> None:
    message = describe(error, AT_1_52)

    assert (message.title, message.text) == (title, text)
    assert ", ".join(action.value for action in message.actions) == f"{actions}, Copy details"


@pytest.mark.parametrize(
    ("error", "title", "text", "actions"),
    [
        (
            errors.UnsupportedAudio('Can\'t read "a.m4a".', hint=NOT_DECODED),
            'Can\'t read "a.m4a"',
            NOT_DECODED,
            "Choose another file, Show in folder",
        ),
        (errors.ProtectedAudio("It is protected."), "It is protected", "", "Choose another file"),
        (errors.EmptyAudio('No sound in "a".'), 'No sound in "a"', "", "Choose another file"),
        (errors.SilentAudio("Nothing to hear."), "Nothing to hear", "", "Try anyway, Remove"),
        (
            errors.DamagedAudio("It breaks off.", seconds=1.0),
            "It breaks off",
            "",
            "Transcribe what's there, Remove",
        ),
        (
            errors.NoRoomForModel("Not enough space for YourMT3.", hint="It needs 536 MB."),
            "Not enough space for YourMT3",
            "It needs 536 MB.",
            "Change folder…, Free up models…",
        ),
        (
            errors.DiskFull('Disk full — "a.mid" was not saved.', hint="/ has no room left."),
            'Disk full — "a.mid" was not saved',
            "/ has no room left. Your notes are still open here.",
            "Save somewhere else…, Try again",
        ),
        (
            errors.NotWritable(
                'Can\'t save in "/x".', hint="This folder is read-only or the file is open elsewhere."
            ),
            'Can\'t save in "/x"',
            "This folder is read-only or the file is open elsewhere. Your notes are still open here.",
            "Save somewhere else…, Try again",
        ),
        (errors.ChecksumMismatch("Damaged."), "Damaged", "", "Download again"),
        (errors.Offline("Offline."), "Offline", "", "Try again, Use {built_in}, Import file…"),
        (errors.DownloadFailed("No answer."), "No answer", "", "Try again, Import file…"),
        (errors.UntrustedConnection("No trust."), "No trust", "", "Try again, Import file…"),
        (errors.UnknownCheckpoint("Not a model."), "Not a model", "", "Choose another file"),
        (
            errors.NoSoundDevice("No sound output found."),
            "No sound output found",
            "You can transcribe, edit and export. Playback returns when a device is connected.",
            "Look again, Sound settings",
        ),
    ],
)
def test_every_case_has_its_buttons(error: errors.MT3Error, title: str, text: str, actions: str) -> None:
    message = describe(error)

    assert (message.title, message.text) == (title, text)
    assert ", ".join(action.value for action in message.actions) == f"{actions}, Copy details"


def test_damaged_weights_are_told_by_whose_they_are() -> None:
    error = errors.DamagedCheckpoint("The weights are not numbers.", hint="Get them again.")
    published = describe(error, Situation(model="MR-MT3", is_published=True))
    own = describe(error, Situation(model="My fine-tune"))

    assert published.title == "MR-MT3 can't be loaded"
    assert published.text == (
        "Its file is damaged or incomplete: it doesn't match the published one. Other models still work."
    )
    assert [action.value for action in published.actions] == [
        "Repair by downloading", "Use {built_in}", "Show file", "Copy details",
    ]  # fmt: skip
    assert (own.title, own.text) == (
        "My fine-tune can't be loaded", "The weights are not numbers. Get them again.",
    )  # fmt: skip
    assert describe(error).title == "The weights are not numbers"


def test_what_is_said_of_sound_devices_and_empty_results() -> None:
    lost = lost_message("Scarlett 2i2", used="Speakers")
    assert (lost.title, lost.text) == (
        '"Scarlett 2i2" was disconnected', "Playback moved to Speakers at the same position.",
    )  # fmt: skip
    assert [action.value for action in lost.actions] == ["OK", "Sound settings", "Copy details"]

    system = lost_message("default", used="pulse")
    assert (system.title, system.text) == (
        "The sound output was disconnected",
        "Playback moved to the system's sound output at the same position.",
    )

    empty = NO_NOTES.message({"model": "MT3"})
    assert (empty.title, empty.text) == (
        "No notes found", "MT3 heard nothing it could name in this range.",
    )  # fmt: skip
    assert [action.value for action in empty.actions] == ["Other model…", "Show spectrogram", "Copy details"]


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
