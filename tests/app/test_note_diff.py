"""What the document says became of its notes, against what they are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mt3_desktop.app.document import TranscriptionDocument
from mt3_desktop.app.note_diff import NoteDiff
from mt3_desktop.app.song import Song
from mt3_desktop.core.cleanup import clean_up
from mt3_desktop.core.cleanup_rules import Rules
from mt3_desktop.core.tempo import Tempo
from mt3_desktop.core.values import Instrument, Note, SegmentNotes, sort_key

NOTE = st.builds(
    lambda onset, length, pitch, program: Note(onset / 4, (onset + length) / 4, pitch, 90, program),
    st.integers(0, 12),
    st.integers(1, 6),
    st.integers(60, 62),
    st.sampled_from((0, 1, 33)),
)
NOTES = st.lists(NOTE, max_size=8)
RULES = st.sampled_from(
    (
        Rules(),
        Rules(min_seconds=0.3),
        Rules(hide_doubles=True),
        Rules(join_seconds=0.3, lowest=61),
        Rules(collapsed_families=(0,), quantise=0.5),
        Rules(hide_doubles=True, join_seconds=0.3, quantise=0.5),
        Rules(hide_doubles=True, highest=61),
        Rules(merge_strays=True),
    )
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), NOTES),
        st.tuples(st.just("replace"), st.integers(0, 5), NOTES),
        st.tuples(st.just("rules"), RULES),
        st.tuples(st.just("bars"), st.sampled_from((None, Tempo(120.0), Tempo(77.0)))),
        st.tuples(st.just("merge"), st.sampled_from((0, 1, 33)), st.sampled_from((0, 1, 19))),
        st.tuples(st.just("bake")),
        st.tuples(st.just("undo")),
        st.tuples(st.just("redo")),
    ),
    max_size=12,
)


class Listener:
    """Has seen the notes once, and since then only what became of them."""

    def __init__(self, document: TranscriptionDocument) -> None:
        self.document = document
        self.notes = document.notes
        document.notes_changed.connect(self.change)
        document.notes_appended.connect(lambda notes: self.change(NoteDiff((), notes)))

    def change(self, diff: NoteDiff) -> None:
        assert not Counter(diff.removed) - Counter(self.notes)
        self.notes = diff.applied(self.notes)

    def do(self, step: tuple[object, ...]) -> None:
        """Carry a step out, as the user or the model."""
        document = self.document
        match step:
            case ("append", list(notes)):
                document.append(SegmentNotes(0, 1, 0.0, 4.0, tuple(notes)))
            case ("replace", int(first), list(notes)):
                document.replace_notes(document.notes[first : first + 2], notes, "Edit")
            case ("rules", Rules() as rules):
                document.set_rules(rules)
            case ("bars", tempo):
                document.set_tempo(tempo)  # type: ignore[arg-type]  # from STEPS
            case ("merge", int(source), int(target)):
                document.merge([Instrument(source)], Instrument(target))
            case ("bake",):
                document.bake()
            case (way,):
                getattr(document.undo_stack, str(way))()


@settings(deadline=None, max_examples=60)  # the machine may be busy
@given(STEPS)
def test_who_follows_the_differences_has_the_notes(steps: list[tuple[object, ...]]) -> None:
    document = TranscriptionDocument(Song(Path("song.wav")), "lite")
    document.set_duration(4.0)
    listener = Listener(document)
    for step in steps:
        listener.do(step)
        beats = None if document.tempo is None else document.tempo.beats(4.0)
        assert listener.notes == document.notes
        assert document.edited == tuple(sorted(document.kept.notes, key=sort_key))
        assert document.notes == clean_up(document.edited, document.rules, beats).kept
        counts = Counter(note.instrument for note in document.notes)
        assert {track.instrument: track.count for track in document.tracks} == counts


@given(NOTES, NOTES)
def test_a_difference_makes_the_one_the_other(before: list[Note], after: list[Note]) -> None:
    one, other = (tuple(sorted(notes, key=sort_key)) for notes in (before, after))
    diff = NoteDiff.between(one, other)
    assert diff.applied(one) == other
    assert not Counter(diff.removed) & Counter(diff.added)
    assert bool(diff) == (Counter(one) != Counter(other))


@given(NOTES, NOTES, NOTES)
def test_one_difference_after_the_other(first: list[Note], second: list[Note], third: list[Note]) -> None:
    one, two, three = (tuple(sorted(notes, key=sort_key)) for notes in (first, second, third))
    both = NoteDiff.between(one, two).then(NoteDiff.between(two, three))
    assert both.applied(one) == three


def test_the_parts_of_a_difference_are_those_of_its_instruments() -> None:
    piano, bass = Note(0.0, 1.0, 60, 90, 0), Note(0.0, 1.0, 40, 90, 33)
    diff = NoteDiff.of([piano, bass], [bass, bass])
    assert diff.by_instrument == {
        Instrument(0): NoteDiff((piano,), ()),
        Instrument(33): NoteDiff((), (bass,)),
    }
