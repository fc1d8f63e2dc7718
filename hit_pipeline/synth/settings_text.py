"""The settings of a synthetic district: ``district.toml`` for the sources the product can read.

Names of contracts are words of the settings' language, as a district's engineer would write them;
nothing of the product is imported.
"""

from collections.abc import Sequence

from hit_pipeline.synth.plan import Plan
from hit_pipeline.synth.truth.calendar import LAST_YEAR, ZONE_NAME, build_calendar
from hit_pipeline.synth.truth.programs import PROGRAMS, TERM_WEEKS, Program
from hit_pipeline.synth.truth.schools import DISTRICT_CODE, DISTRICT_NAME
from hit_pipeline.synth.truth.tutoring import Term, term_label, terms

CONTRACTS = {
    "northstar": "northstar_sessions",
    "brightpath": "brightpath",
    "lakeside": "lakeside",
    "harborlight": "harborlight",
    "quillwork": "quillwork",
}
"""Vendors whose layout has a contract that ships."""
TESTS = {
    "map_growth": "map_growth",
    "iready": "iready",
    "star": "star",
    "dibels": "dibels8",
    "state_test": "state_summative",
}
"""Test products and the contracts of their layouts."""
LISTS = {
    "hr": "tutor_hr",
    "invoices": "invoices",
    "consent": "consents",
    "bell": "bell_schedule",
}
"""Lists beside the logs whose layout has a contract that ships."""
SURVEYS = {
    "survey_students": ("student_survey_*", "google_forms_survey"),
    "survey_families": ("family_survey_*", "google_forms_survey"),
    "survey_tutors_teachers": ("t*_survey_*", "qualtrics_survey"),
    "survey_leaders": ("s[ci]*_survey_*", "qualtrics_survey"),
}
"""Sources that share the folder of surveys: names of their files, and contract."""
RULES = ("datas_60h", "nssa", "louisiana_act771", "texas_hb1416_15h", "texas_hb1416_30h")
"""Dosage rules that ship, all of which the answer key knows."""
_OWNERS = {"math": "math_lead", "ela": "reading_lead"}
_GOALS = {"attendance_rate": "0.85", "reach.adequate": "0.70"}
_GRADES = ("KG", *(f"{n:02d}" for n in range(1, 13)))

_HEAD = """\
# A synthetic district. Everybody in it is invented; the answer key is in key/, which no run reads.
# Folders of inbox/ that no source below names hold the SIS in other forms: a database, Ed-Fi.

dosage_rules = [{rules}]

[district]
name = "{name}"
id = "{code}"
time_zone = "{zone}"
school_year_start = "07-01"
open_year = "{year}"

[owners]
data_team = "Data team <data@cedarvalleyschools.example>"
math_lead = "Math intervention lead <math@cedarvalleyschools.example>"
reading_lead = "Reading intervention lead <reading@cedarvalleyschools.example>"

[sources.sis]
adapter = "oneroster_csv"
kind = "roster"
owner = "data_team"
pattern = "oneroster_*.zip"
id_systems = {{ identifier = "district" }}
priority = 10

[sources.sis_files]
adapter = "files"
contract = "plain_files"
kind = "completion"
owner = "data_team"
priority = 20

[sources.partner_roster]
adapter = "files"
contract = "plain_files"
kind = "roster"
owner = "data_team"
priority = 30
"""

_LOG = """
[sources.{source}]
adapter = "files"
contract = "{contract}"
kind = "log"
owner = "{owner}"
"""

_SURVEY = """
[sources.{source}]
adapter = "files"
contract = "{contract}"
kind = "log"
owner = "data_team"
path = "surveys"
pattern = "{pattern}"
"""

_PROGRAM = """
[programs.{p.program_id}]
name = "{p.name}"
vendor = "{p.vendor}"
subject = "{p.subject}"
owner = "{owner}"
"""

_TERM = """
[programs.{p.program_id}.terms.{label}]
start = {term.first}
end = {term.last}
sessions_per_week = {p.per_week}
minutes_per_session = {p.minutes}
weeks = {weeks}
max_students_per_tutor = {p.largest}
grades = [{grades}]
"""

_GOAL = """
[[goals]]
year = "{year}"
metric = "{metric}"
target = {target}
"""


def district_toml(
    plan: Plan,
    rules: Sequence[str] = RULES,
    tests: Sequence[str] = tuple(TESTS),
    vendors: Sequence[str] = tuple(CONTRACTS),
    lists: Sequence[str] = tuple(LISTS),
    surveys: Sequence[str] = tuple(SURVEYS),
) -> str:
    """Return the settings of a plan's district: rules in force, and which of its files are read."""
    calendar = build_calendar(plan.district.seed, 0, 1, plan.district.years)
    year = f"{LAST_YEAR - 1}-{LAST_YEAR % 100:02d}"
    about = {"name": DISTRICT_NAME, "code": DISTRICT_CODE, "zone": ZONE_NAME, "year": year}
    text = [_HEAD.format(rules=_quoted(rules), **about)]
    for program in PROGRAMS:
        if program.source in vendors:
            contract, owner = CONTRACTS[program.source], _OWNERS[program.subject]
            log = _LOG.format(source=program.source, contract=contract, owner=owner)
            text.append(f'{log}program = "{program.program_id}"\n')
    read = {test: TESTS[test] for test in tests} | {one: LISTS[one] for one in lists}
    text += [
        _LOG.format(source=source, contract=contract, owner="data_team")
        for source, contract in read.items()
    ]
    for source in surveys:
        pattern, contract = SURVEYS[source]
        text.append(_SURVEY.format(source=source, pattern=pattern, contract=contract))
    spans = terms(calendar, PROGRAMS)
    for at, program in enumerate(PROGRAMS):
        text.append(_PROGRAM.format(p=program, owner=_OWNERS[program.subject]))
        for term in spans:
            if term.program == at:
                label = term_label(calendar, term.year, term.term)
                text.append(_term(program, term, label))
    text += [_GOAL.format(year=year, metric=one, target=_GOALS[one]) for one in _GOALS]
    return "".join(text)


def _term(program: Program, term: Term, label: str) -> str:
    grades = _quoted(_GRADES[program.first_grade : program.last_grade + 1])
    return _TERM.format(
        p=program, label=label, term=term, weeks=TERM_WEEKS[term.term], grades=grades
    )


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
