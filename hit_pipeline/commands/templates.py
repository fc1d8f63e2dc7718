"""`hit template sessions|feedback|tutors|check` and `hit disclosure list`."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from hit_pipeline.commands.outgoing import refuse_taken_name
from hit_pipeline.commands.terminal import (
    ERROR_EXIT,
    AsJson,
    DistrictFolder,
    Now,
    Terminal,
    errors_exit,
    instant,
    open_district,
    open_lake,
)
from hit_pipeline.errors import NotFound
from hit_pipeline.settings import District

app = typer.Typer(help="Workbooks people fill in by hand.", no_args_is_help=True)
disclosures = typer.Typer(help="Files with pupils that went out.", no_args_is_help=True)

Out = Annotated[Path, typer.Argument(help="The workbook to write, .xlsx; there must be none yet.")]
Program = Annotated[str, typer.Option("--program", help="Id of the program in district.toml.")]
Rows = Annotated[int, typer.Option("--rows", min=1, max=2000, help="Rows to fill in.")]


@app.command("sessions")
def sessions(
    out: Out,
    program: Program,
    term: Annotated[str, typer.Option("--term", help="Term of the program.")],
    school: Annotated[
        str | None, typer.Option("--school", help="Name or id of the school; else every school.")
    ] = None,
    tutor: Annotated[
        str | None, typer.Option("--tutor", help="Who fills it in: name as first, last.")
    ] = None,
    tutor_email: Annotated[
        str | None, typer.Option("--tutor-email", help="E-mail address of the tutor.")
    ] = None,
    meetings: Annotated[
        int, typer.Option("--meetings", min=1, max=99, help="Meetings each student has rows for.")
    ] = 20,
    agreement: Annotated[
        str | None, typer.Option("--agreement", help="Agreement it stands on; else the staff's.")
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="Who asks for it; else who is logged in here.")
    ] = None,
    district: DistrictFolder = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Write a workbook to log meetings in, with the students assigned. It is put on record."""
    from hit_pipeline.privacy.disclosure import Gate
    from hit_pipeline.templates.roster import default_agreement, write_sessions
    from hit_pipeline.templates.sheets import Meetings

    with errors_exit(as_json=as_json):
        opened, at = open_district(district), instant(now)
        refuse_taken_name(out)
        with open_lake(opened) as (lake, engine):
            gate = Gate(engine, lake, opened)
            written = write_sessions(
                gate,
                Meetings(program, term, meetings, tutor, at, tutor_email),
                out,
                school=school,
                agreement=agreement or default_agreement(opened, gate.day(at)),
                asked_by=by or getpass.getuser(),
            )
            unlinked = gate.unlinked_refusals()
    entry, terminal = written.entry, Terminal(as_json)
    told = {
        "file": str(out),
        "students": entry.students,
        "recipient": entry.recipient,
        "agreement": entry.agreement,
        "held_back": dict(entry.held_back),
        "without_number": written.unnumbered,
        "refusals_of_nobody_known": unlinked,
        "students_of_tutor": written.by_group,
    }
    terminal.show("Workbook", [{**told, "held_back": _held(entry.held_back)}], told)
    if written.by_group is False:
        terminal.say("No tutoring group names the tutor: all students of the term are in it.")


def _held(held_back: object) -> str:
    pairs = held_back.items() if isinstance(held_back, dict) else ()
    return ", ".join(f"{why}: {count}" for why, count in pairs)


@app.command("feedback")
def feedback(
    out: Out,
    role: Annotated[
        str,
        typer.Option(
            "--role", help="Who answers: student, tutor, teacher, school_leader, family, site_lead."
        ),
    ],
    program: Annotated[
        str | None, typer.Option("--program", help="Program it is about; else people choose.")
    ] = None,
    rows: Rows = 60,
    named: Annotated[
        bool, typer.Option("--named", help="With columns for names; else it is anonymous.")
    ] = False,
    district: DistrictFolder = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Write a workbook for answers of students, tutors, teachers, leaders, families, site leads."""
    from hit_pipeline.privacy.disclosure import Gate
    from hit_pipeline.templates.questions import ROLES
    from hit_pipeline.templates.roster import school_names
    from hit_pipeline.templates.sheets import feedback_sheet
    from hit_pipeline.templates.workbook import write_workbook

    with errors_exit(as_json=as_json):
        opened = open_district(district)
        refuse_taken_name(out)
        known = next((one for one in ROLES if one == role), None)
        if known is None:
            kind = "role"
            raise NotFound(kind, role, ROLES)
        if program is not None:
            _known_program(opened, program)
        with open_lake(opened) as (lake, engine):
            schools = school_names(Gate(engine, lake, opened))
        at = instant(now)
        sheet = feedback_sheet(opened, known, program, at, named=named, rows=rows, schools=schools)
        write_workbook(out, sheet)
    Terminal(as_json).show("Workbook", [{"file": str(out), "rows": rows}])


@app.command("tutors")
def tutors(
    out: Out,
    rows: Rows = 60,
    district: DistrictFolder = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Write a workbook to list tutors and what happened to them."""
    from hit_pipeline.templates.sheets import tutors_sheet
    from hit_pipeline.templates.workbook import write_workbook

    with errors_exit(as_json=as_json):
        opened = open_district(district)
        refuse_taken_name(out)
        write_workbook(out, tutors_sheet(opened, instant(now), rows))
    Terminal(as_json).show("Workbook", [{"file": str(out), "rows": rows}])


@app.command("check")
def check_workbook(
    file: Annotated[Path, typer.Argument(help="A workbook that was filled in.", exists=True)],
    as_json: AsJson = False,
) -> None:
    """Say in words what to correct in a filled workbook. Prints cells, to the terminal only."""
    from dataclasses import asdict

    from hit_pipeline.templates.check import check
    from hit_pipeline.templates.reading import read_filled

    terminal = Terminal(as_json)
    with errors_exit(as_json=as_json):
        found = check(read_filled(file))
    if as_json:
        terminal.show("Check", [asdict(one) for one in found])
    for one in () if as_json else found:
        terminal.say(str(one))
    if found:
        raise typer.Exit(ERROR_EXIT)
    if not as_json:
        terminal.say("Nothing to correct.")


@disclosures.command("list")
def list_disclosures(district: DistrictFolder = None, as_json: AsJson = False) -> None:
    """List the files with pupils that went out: to whom, what for, how many students."""
    from hit_pipeline.lake import Lake
    from hit_pipeline.privacy.disclosure_ledger import entries

    with errors_exit(as_json=as_json):
        told = [
            {
                "at": one.at,
                "file": one.file,
                "recipient": one.recipient,
                "agreement": one.agreement,
                "purpose": one.purpose,
                "program": one.program,
                "fields": one.fields,
                "students": one.students,
                "asked_by": one.asked_by,
                "sha256": one.sha256,
            }
            for one in entries(Lake.open(open_district(district).lake_path))
        ]
    Terminal(as_json).show("Disclosures", told)


def _known_program(district: District, program: str) -> None:
    if program not in district.programs:
        kind = "program"
        raise NotFound(kind, program, district.programs)
