"""Claims: who a source says its entries are about, and which of its sayings are faulty."""

from collections.abc import Mapping
from dataclasses import dataclass

from hit_pipeline.synth.truth.draws import Days, Flags, Ints, Texts


@dataclass(frozen=True)
class Claims:
    """Who each entry of a source is about, as the source has it.

    An entry is what the source identifies anew each time: a seat of a session log, a test of an
    assessment file. Files that hold an entry again (a history sent every night) repeat its claim.

    Attributes:
        person: True person; -1 for a test account and for a child of no roster.
        student: Position in the zone's `Students` of the true pupil; -1 when there is none.
        id: Identifier in the source's own main id system, as written; empty when blank.
        second_id: Identifier in its second id system; empty when blank or when it has none.
        first, middle, last: Name as written.
        birth: Birth date as written; NaT when blank.
        kinds: Fault -> entries that bear it.
        linkable: True when what is written could lead a careful human with the rosters at hand to
            the one true person.
    """

    source: str
    person: Ints
    student: Ints
    id: Texts
    second_id: Texts
    first: Texts
    middle: Texts
    last: Texts
    birth: Days
    kinds: Mapping[str, Flags]
    linkable: Flags
