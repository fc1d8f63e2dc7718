"""Survey answers: forms for pupils and families, a survey tool for everybody who is paid.

Pupils and families fill in a form of the kind Google Forms exports: one header of question texts,
timestamps M/D/YYYY H:MM:SS in local time, number and name where they were given. Pupils write the
name they go by. Tutors and employees answer in the kind Qualtrics exports: three header rows (ids,
texts, import ids as JSON), of which the last two stand as rows of the first zone. One file per role
and wave, some days after its end. An answer without a name says the school and program only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from hit_pipeline.synth.systems import cells
from hit_pipeline.synth.systems.night import Night
from hit_pipeline.synth.systems.opaque import mixed
from hit_pipeline.synth.systems.roster_view import numbers
from hit_pipeline.synth.systems.sheet import Sheet
from hit_pipeline.synth.systems.state_test import arrives, short_dates
from hit_pipeline.synth.truth.calendar import to_utc
from hit_pipeline.synth.truth.draws import Ints
from hit_pipeline.synth.truth.surveys import (
    FAMILY,
    ROLES,
    STUDENT,
    TUTOR,
    WAVES,
    Responses,
    wave_days,
)
from hit_pipeline.synth.truth.zone import Zone

SOURCE = "surveys"
DELIVERED_AFTER = np.timedelta64(4, "D")
"""Days from the last day of a wave to its files."""


@dataclass(frozen=True)
class Form:
    """What one role is asked: headers of the identity cells (forms only) and three questions."""

    identity: tuple[str, ...]
    questions: tuple[str, str, str]


FORMS = {
    "student": Form(
        (
            "Student ID (leave blank to stay anonymous)",
            "First name (leave blank to stay anonymous)",
            "Last name (leave blank to stay anonymous)",
        ),
        (
            "I enjoy my tutoring sessions. (1 = not at all, 5 = very much)",
            "Tutoring helps me in class. (1 = not at all, 5 = very much)",
            "I feel more confident in the subject. (1 = not at all, 5 = very much)",
        ),
    ),
    "family": Form(
        (
            "Your child's student ID (optional)",
            "Your child's first name (optional)",
            "Your child's last name (optional)",
        ),
        (
            "My child enjoys tutoring. (1 = not at all, 5 = very much)",
            "Tutoring helps my child in school. (1 = not at all, 5 = very much)",
            "My child is more confident. (1 = not at all, 5 = very much)",
        ),
    ),
    "tutor": Form(
        (),
        (
            "I enjoy tutoring my students.",
            "My sessions help my students in class.",
            "I feel well prepared for my sessions.",
        ),
    ),
    "teacher": Form(
        (),
        (
            "Tutoring fits well into my students' day.",
            "Tutoring helps my students in class.",
            "My tutored students are more confident.",
        ),
    ),
    "school_leader": Form(
        (),
        (
            "Tutoring works well at my school.",
            "Tutoring helps our students.",
            "I would recommend the program to another school.",
        ),
    ),
    "site_lead": Form(
        (),
        (
            "Sessions start and end on time at my site.",
            "Tutoring helps the students at my site.",
            "I get the support I need.",
        ),
    ),
}
_SCHOOL = "Which school do you go to?"
_PROGRAM = "Which tutoring program?"
_METADATA = {
    "StartDate": ("Start Date", "startDate"),
    "EndDate": ("End Date", "endDate"),
    "Status": ("Response Type", "status"),
    "Progress": ("Progress", "progress"),
    "Duration (in seconds)": ("Duration (in seconds)", "duration"),
    "Finished": ("Finished", "finished"),
    "RecordedDate": ("Recorded Date", "recordedDate"),
    "ResponseId": ("Response ID", "_recordId"),
    "RecipientLastName": ("Recipient Last Name", "recipientLastName"),
    "RecipientFirstName": ("Recipient First Name", "recipientFirstName"),
    "RecipientEmail": ("Recipient Email", "recipientEmail"),
    "ExternalReference": ("External Data Reference", "externalDataReference"),
}
"""Columns before the questions: text and import id."""


def sheets(zone: Zone, responses: Responses, night: Night) -> Iterator[Sheet]:
    """Return the files of each wave that arrives, one per role: one row per answer."""
    for year in range(len(zone.calendar.years)):
        for wave, word in enumerate(WAVES):
            _, last = wave_days(zone.calendar, year, wave)
            if arrives(night, last + DELIVERED_AFTER):
                for role, name in enumerate(ROLES):
                    hit = (responses.year == year) & (responses.wave == wave)
                    at = np.flatnonzero(hit & (responses.role == role))
                    # In the order they came in, which tells nothing of who is anonymous.
                    at = at[np.argsort(responses.at[at], kind="stable")]
                    file = f"{name}_survey_{zone.calendar.years[year] + 1}_{word}_{night.stamp}.csv"
                    yield from _one(zone, responses, role, at, file)


def _one(zone: Zone, responses: Responses, role: int, at: Ints, file: str) -> Iterator[Sheet]:
    person = np.where(responses.named[at], responses.person[at], -1)
    if role in (STUDENT, FAMILY):
        if len(at):
            yield Sheet(SOURCE, file, _form(zone, responses, role, at), person, "student")
        return
    rows = _tool(zone, responses, role, at)
    if zone.number == 0:
        rows = pa.concat_tables([_more_headers(role), rows])
        person = np.r_[-1, -1, person]
    if rows.num_rows:
        yield Sheet(SOURCE, file, rows, person, "tutor" if role == TUTOR else "staff")


def _form(zone: Zone, responses: Responses, role: int, at: Ints) -> pa.Table:
    """Return answers of a form."""
    form, student = FORMS[ROLES[role]], responses.student[at]
    named, day = responses.named[at], responses.at[at].astype("datetime64[D]")
    people = zone.students
    used = np.where(
        people.preferred[student] != "", people.preferred[student], people.first[student]
    )
    first = used if role == STUDENT else people.first[student]
    renamed = people.renamed_on[student] <= day
    last = np.where(renamed, people.last_new[student], people.last[student])
    identity = (numbers(zone, student, day), first, last)
    columns = {"Timestamp": _stamps(responses, at)}
    for header, values in zip(form.identity, identity, strict=True):
        columns[header] = cells.where(named, cells.text(values), None)
    columns[_SCHOOL] = cells.lookup(zone.schools.name, responses.school[at])
    columns[_PROGRAM] = _program(zone, responses, at)
    return pa.table(columns | _answers(responses, at, form.questions))


def _stamps(responses: Responses, at: Ints) -> pa.StringArray:
    """Return timestamps without leading zeros in month, day and hour."""
    moment = responses.at[at]
    hour = (moment - moment.astype("M8[D]")).astype(np.int64) // 3600
    rest = cells.moments(moment, "%M:%S")
    return cells.joined(short_dates(moment), " ", cells.number(hour), ":", rest)


def _program(zone: Zone, responses: Responses, at: Ints) -> pa.StringArray:
    return cells.lookup([program.name for program in zone.programs], responses.program[at])


def _answers(responses: Responses, at: Ints, headers: tuple[str, ...]) -> dict[str, pa.StringArray]:
    return {name: cells.number(responses.answers[at, n]) for n, name in enumerate(headers)}


def _tool(zone: Zone, responses: Responses, role: int, at: Ints) -> pa.Table:
    """Return answers in the survey tool's columns; its instants are UTC."""
    finish = to_utc(responses.at[at])
    bits = mixed(zone.seed, "survey response", responses.person[at], role, responses.program[at])
    bits = mixed(zone.seed, "survey wave", bits.astype(np.int64), finish.astype(np.int64))
    seconds = (bits % np.uint64(540)).astype(np.int64) + 60
    size = len(at)
    columns = {
        "StartDate": _instants(finish - seconds.astype("timedelta64[s]")),
        "EndDate": _instants(finish),
        "Status": cells.constant("IP Address", size),
        "Progress": cells.constant("100", size),
        "Duration (in seconds)": cells.number(seconds),
        "Finished": cells.constant("True", size),
        "RecordedDate": _instants(finish),
        "ResponseId": cells.joined("R_", cells.number(bits.astype(np.int64) >> 1 & (1 << 62) - 1)),
        **_recipient(zone, responses, role, at),
        "QID1": cells.lookup(zone.schools.name, responses.school[at]),
        "QID2": _program(zone, responses, at),
    }
    return pa.table(columns | _answers(responses, at, ("QID3_1", "QID3_2", "QID3_3")))


def _instants(moments: np.ndarray) -> pa.StringArray:
    return cells.moments(moments, "%Y-%m-%d %H:%M:%S")


def _recipient(zone: Zone, responses: Responses, role: int, at: Ints) -> dict[str, pa.StringArray]:
    """Return whom the survey was sent to; tutors have no number of the district's."""
    people = zone.tutors if role == TUTOR else zone.staff
    who = responses.tutor[at] if role == TUTOR else responses.staff[at]
    reference = cells.constant(None, len(at))
    return {
        "RecipientLastName": cells.lookup(people.last, who),
        "RecipientFirstName": cells.lookup(people.first, who),
        "RecipientEmail": cells.lookup(people.email, who),
        "ExternalReference": reference if role == TUTOR else cells.lookup(zone.staff.number, who),
    }


def _more_headers(role: int) -> pa.Table:
    """Return the second and third header row, the same in every file of a role."""
    questions = FORMS[ROLES[role]].questions
    texts = {
        **{name: text for name, (text, _) in _METADATA.items()},
        "QID1": "School",
        "QID2": "Program",
        **{f"QID3_{n}": f"How far do you agree? - {q}" for n, q in enumerate(questions, start=1)},
    }
    imports = {name: _METADATA[name][1] if name in _METADATA else name for name in texts}
    return pa.table(
        {name: [text, f'{{"ImportId":"{imports[name]}"}}'] for name, text in texts.items()}
    )
