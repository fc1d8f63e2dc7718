"""The typed tables of one source, built from all its deliveries.

For each file the current rows are found, parsed and mapped; every landed row gets its fate. What
it was built from is kept beside it, so that an unchanged source is not built again.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from hit_pipeline.conform.context import BuildContext
from hit_pipeline.conform.enrollment_runs import RUN, write_enrollment_runs
from hit_pipeline.conform.fates import write_fates
from hit_pipeline.conform.former import past_rows, write_former_students
from hit_pipeline.conform.former_sessions import (
    former_session_rows,
    gone_back,
    write_former_session_rows,
)
from hit_pipeline.conform.noticed import noticed
from hit_pipeline.conform.rejects import rejected
from hit_pipeline.conform.source_job import SourceJob
from hit_pipeline.conform.typed_file import (
    ROW,
    Judged,
    TypedFile,
    also_bad,
    judge,
    nothing_judged,
    open_file,
    refuse,
    torn_rows,
    typed_feeds,
)
from hit_pipeline.conform.typed_tables import write_tables
from hit_pipeline.conform.typing import TypedFeed
from hit_pipeline.conform.year_digests import UNDATED, slipped, year_digests
from hit_pipeline.lake import write_json
from hit_pipeline.landing.delivery import Delivery
from hit_pipeline.settings import District
from hit_pipeline.settings_remote import NOT_OF_ROWS
from hit_pipeline.sources.contract.loading import (
    contract_digest,
    contract_ref,
    load_contract,
)
from hit_pipeline.sources.contract.model import Contract

_ROOMS = ("conform", "identity", "sources", "tables")


@dataclass(frozen=True)
class SourceState:
    """What the typing of a source came to.

    Attributes:
        source: Name of the source.
        inputs: Digest of everything it was built from.
        landed_rows: Rows of its deliveries.
        fates: Number of rows by fate; they sum to ``landed_rows``.
        tables: Rows of each typed table.
        years: By school year and typed table, rows and digest, beside the digest of what the rows
            were made by; undated rows under the empty text.
        findings: What was noticed, each with its ``delivery_id``, else as `Finding`.
        is_unchanged: Nothing was built, it was there already.
        seconds: Time it took.
        statements: The SQL that ran.
    """

    source: str
    inputs: str
    landed_rows: int
    fates: Mapping[str, int]
    tables: Mapping[str, int]
    years: Mapping[str, Mapping[str, Any]]
    findings: Sequence[Mapping[str, Any]]
    is_unchanged: bool = False
    seconds: float = 0.0
    statements: tuple[str, ...] = ()


def build_source(
    context: BuildContext,
    source: str,
    deliveries: Sequence[Delivery],
    contract: Contract | None = None,
) -> SourceState:
    """Type a source: write its typed tables, fates and quarantine, unless nothing changed.

    Args:
        context: Engine, lake and district.
        source: Name of the source.
        deliveries: Its deliveries; those that were refused are passed over.
        contract: Its contract; None: the one district.toml names.

    Raises:
        ContractError: The contract cannot be used.
        LakeError: Some landed row has no fate, or more than one.
    """
    begun = time.monotonic()
    landed = sorted(
        (one for one in deliveries if one.status == "landed"),
        key=lambda one: (one.received_at, one.delivery_id),
    )
    chosen = contract or contract_of(context.district, source)
    job = SourceJob(
        context.engine, context.lake, context.district, source, chosen, tuple(landed), context.today
    )
    path, made_by = context.lake.typed(source) / "state.json", _made_by(job)
    inputs = _digest(
        {
            "deliveries": [one.delivery_id for one in landed],
            "made_by": made_by,
            "year": context.district.district.year_start.of(context.today),  # see `slipped`
        }
    )
    known = _read_state(path, inputs)
    if known is not None:
        return known
    path.unlink(missing_ok=True)
    context.engine.take_statements()
    state = replace(_build(job, made_by), inputs=inputs)
    write_json(path, {name: value for name, value in asdict(state).items() if name in _KEPT})
    statements = tuple(context.engine.take_statements())
    return replace(state, seconds=time.monotonic() - begun, statements=statements)


_KEPT = ("source", "inputs", "landed_rows", "fates", "tables", "years", "findings")


def contract_of(district: District, source: str) -> Contract:
    """Return the contract of a source.

    Raises:
        ContractError: It cannot be used.
    """
    return load_contract(contract_ref(district.sources[source]), district.folder)


def _build(job: SourceJob, made_by: str) -> SourceState:
    by_file = job.files()
    files = {
        name: open_file(job, name, job.contract.files[name], landed)
        for name, landed in by_file.items()
        if name in job.contract.files and any(file.path is not None for _, file in landed)
    }
    typed = _typed(job, files)
    write_former_session_rows(job, typed.files, typed.former)
    past = past_rows(job, typed.files, typed.tables)
    former = write_former_students(job, past, typed.tables)
    runs = write_enrollment_runs(job, typed.files, past, former, typed.tables)
    if runs is not None:
        held = year_digests(job, {RUN.name: runs})
        typed.years[UNDATED] = typed.years.get(UNDATED, {}) | held.get(UNDATED, {})
    fates = write_fates(
        job,
        {name: (file, typed.judged[name]) for name, file in typed.files.items()},
        typed.refused,
        by_file,
    )
    return SourceState(
        source=job.name,
        inputs="",
        landed_rows=sum(one.rows for one in job.deliveries),
        fates=dict(sum(fates.values(), Counter())),
        tables={name: job.engine.scalar(rows.count()) for name, rows in typed.tables.items()},
        years={
            year: {"made_by": made_by, **held}
            for year, held in typed.years.items()
            if _holds_facts(job, year)
        },
        findings=noticed(job, typed.files, typed.feeds, typed.tables),
    )


@dataclass(frozen=True)
class _Typed:
    """Files as they were typed, by name: what their feeds made of them, and the tables written.

    ``former`` are the earlier rows of session logs.
    """

    files: dict[str, TypedFile]
    feeds: dict[str, list[TypedFeed]]
    judged: dict[str, Judged]
    tables: dict[str, ir.Table]
    years: dict[str, dict[str, Any]]
    refused: ir.Table | None
    former: dict[str, ir.Table]


def _typed(job: SourceJob, files: dict[str, TypedFile]) -> _Typed:
    """Write the typed tables.

    Where a row that was written cannot be conformed, and an earlier version of it is there to fall
    back on, they are written again without it; so they are where other typed rows were made of it,
    and where a session that was completed is scheduled again.
    """
    torn: dict[str, ir.Table] = {}
    while True:
        wide = {name for name, file in files.items() if _is_wide(file)}
        feeds = {
            name: typed_feeds(job, file.spec, file.readable, kept=name in wide)
            for name, file in files.items()
        }
        judged = {name: judge(job, feeds[name]) for name in wide}
        judged |= {name: also_bad(job, judged[name], rows) for name, rows in torn.items()}
        tables = write_tables(job, feeds, judged)
        former = former_session_rows(files)
        back = gone_back(job, former, tables)
        if back is not None and (again := _fallen_back(files, back)):
            files = files | again
            continue
        years = year_digests(job, tables)
        refused = _refused(job, tables, [year for year in years if not _holds_facts(job, year)])
        again = {} if refused is None else _fallen_back(files, refused)
        rest = {} if refused is None or again else torn_rows(files, refused)
        if not again and not rest:
            judged |= {
                name: _missing(file, tables) for name, file in files.items() if name not in wide
            }
            return _Typed(files, feeds, judged, tables, years, refused, former)
        files = files | again
        torn = {name: rows for name, rows in torn.items() if name not in again} | {
            name: torn[name].union(rows) if name in torn else rows for name, rows in rest.items()
        }


def _is_wide(file: TypedFile) -> bool:
    """Say whether what becomes of a row cannot be read off one typed table."""
    several = len(file.spec.feeds) > 1 or any(feed.makes_several for feed in file.spec.feeds)
    return several or file.job.contract.derive is not None


def _holds_facts(job: SourceJob, school_year: str) -> bool:
    start = job.district.district.year_start
    return school_year == UNDATED or start.holds_facts(school_year, job.today)


def _refused(
    job: SourceJob, tables: Mapping[str, ir.Table], other_years: Sequence[str]
) -> ir.Table | None:
    """Return typed rows that cannot be conformed, kept; None when there are none.

    Those in other school years than facts may lie in are among them.
    """
    found = [rejected(job.engine, job.district, name, rows) for name, rows in tables.items()]
    if other_years:
        found += [slipped(job, name, rows, other_years) for name, rows in tables.items()]
    listed = [one.drop("_source") for one in found if one is not None]
    if not listed:
        return None
    kept = job.engine.keep(listed[0].union(*listed[1:]) if listed[1:] else listed[0])
    return kept if job.engine.scalar(kept.count()) else None


def _fallen_back(files: Mapping[str, TypedFile], refused: ir.Table) -> dict[str, TypedFile]:
    found = {
        name: refuse(file, refused.filter(refused["_file"] == name).drop("_file"))
        for name, file in files.items()
    }
    return {name: file for name, file in found.items() if file is not None}


def _missing(file: TypedFile, tables: Mapping[str, ir.Table]) -> Judged:
    """Judge the rows of a file with one feed that its typed table does not hold."""
    (feed,), job, rows = file.spec.feeds, file.job, file.readable
    table = tables[feed.table]
    written = table.filter(table["_file"] == file.name).select(*ROW)
    if not feed.scores and job.engine.scalar(written.count()) == job.engine.scalar(rows.count()):
        return nothing_judged()
    lost = rows.anti_join(written, ROW)
    return judge(job, typed_feeds(job, file.spec, lost, kept=True))


def _made_by(job: SourceJob) -> str:
    """Return the digest of all that decides what rows become: contract, settings, code."""
    told = {
        "contract": contract_digest(job.contract),
        "source": job.settings.model_dump(mode="json", exclude=NOT_OF_ROWS),
        "district": job.district.district.model_dump(mode="json", exclude={"count_day"}),
        "programs": {
            name: program.model_dump(mode="json") for name, program in job.district.programs.items()
        },
        "code": code_digest(),
    }
    return _digest(told)


def code_digest() -> str:
    """Return a digest of the code that bears on typed rows."""
    digest = hashlib.sha256()
    for room in _ROOMS:
        folder = Path(str(resources.files("hit_pipeline") / room))
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _digest(data: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _read_state(path: Path, inputs: str) -> SourceState | None:
    """Return the state as it lies there, when it was built from these inputs."""
    if not path.exists():
        return None
    known = json.loads(path.read_text(encoding="utf-8"))
    if known.get("inputs") != inputs:
        return None
    return SourceState(**known, is_unchanged=True)
