"""The one fate of every landed row of a source, and its quarantine: written and proved."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import ibis
import ibis.expr.types as ir

from hit_pipeline.conform.source_job import SourceJob
from hit_pipeline.conform.typed_file import ROW, Judged, TypedFile, quarantined
from hit_pipeline.errors import LakeError
from hit_pipeline.landing.delivery import Delivery, LandedFile
from hit_pipeline.sources.reading.malformed import REASONS
from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.catalog import TABLES
from hit_pipeline.tables.schema import conform_to, empty

MALFORMED = "landing.malformed"
NO_FILE = "contract.no_file"
Landed = Sequence[tuple[Delivery, LandedFile]]
_WRONG = ("delivery_id", "file", "row", "rule", "column", "reason")


def write_fates(
    job: SourceJob,
    typed: Mapping[str, tuple[TypedFile, Judged]],
    rejected: ir.Table | None,
    landed: Mapping[str, Landed],
) -> dict[str, Counter[str]]:
    """Write ``quarantine.parquet`` and ``fates.parquet`` of a source.

    Args:
        job: The source.
        typed: Its typed files by name.
        rejected: ``_delivery_id, _file, _row, rule, column, reason`` of typed rows that cannot be
            conformed; None when there are none.
        landed: Every landed file by name, those no feed takes included.

    Returns:
        Number of rows by delivery and fate.

    Raises:
        LakeError: Some landed row has no fate, or more than one.
    """
    folder, engine = job.lake.typed(job.name), job.engine
    wrong = engine.keep(ibis.union(_none_wrong(), *_wrong(job, typed, rejected, landed)))
    engine.write(_quarantine(job, wrong), folder / "quarantine.parquet", order_by=_WRONG)
    broken = engine.keep(wrong.group_by(*_WRONG[:3]).aggregate(rule=wrong.rule.min()))
    parts = [_fate(broken, "quarantined")]
    for name, files in landed.items():
        if name in typed:
            parts += _of_typed(name, *typed[name], broken)
        elif name not in job.contract.files:
            parts += _of_excluded(job, name, files)
    fates = ibis.union(*parts) if len(parts) > 1 else parts[0]
    path = folder / "fates.parquet"
    closed = {
        "source": [job.name],
        "delivery_id": [one.delivery_id for one in job.deliveries],
        "file": list(landed),
        "fate": words.FATES,
    }
    engine.write(fates.mutate(source=ibis.literal(job.name)), path, closed=closed)
    return _proved(job, engine.read([path], TABLES["row_fate"]), landed)


def _wrong(
    job: SourceJob,
    typed: Mapping[str, tuple[TypedFile, Judged]],
    rejected: ir.Table | None,
    landed: Mapping[str, Landed],
) -> Iterator[ir.Table]:
    """Yield everything wrong with any row, as the columns `_WRONG`."""
    for name, (file, judged) in typed.items():
        found = quarantined(file, judged)
        yield found.select(
            "rule",
            "column",
            "reason",
            delivery_id=found["_delivery_id"],
            file=ibis.literal(name),
            row=found["_row"],
        ).select(*_WRONG)
    if rejected is not None:
        yield rejected.distinct().select(
            delivery_id="_delivery_id",
            file="_file",
            row="_row",
            rule="rule",
            column="column",
            reason="reason",
        )
    for name in landed.keys() & job.contract.files.keys():
        paths = [file.malformed_path for _, file in landed[name] if file.malformed_path is not None]
        if paths:
            yield _malformed(job.engine.read(paths), name)


def _malformed(lines: ir.Table, name: str) -> ir.Table:
    """Return malformed lines with the rule landing gave them; nothing of the line is repeated."""
    rule = lines.error.re_extract(r"^([a-z_]+\.[a-z_]+)", 1)
    known = rule.isin(list(REASONS))
    return lines.select(
        delivery_id=lines["_delivery_id"],
        file=ibis.literal(name),
        row=lines["_row"],
        rule=known.ifelse(rule, MALFORMED),
        column=ibis.literal(""),
        reason=rule.cases(*REASONS.items(), else_="the line could not be split into cells"),
    )


def _none_wrong() -> ir.Table:
    return empty(TABLES["quarantine"]).select(*_WRONG)


def _quarantine(job: SourceJob, wrong: ir.Table) -> ir.Table:
    """Return the quarantine: a row's fingerprint is a digest of delivery and row, of no cell.

    A row was first seen when its delivery arrived, so that a rebuilt lake says the same.
    """
    told = wrong.distinct().inner_join(job.delivery_facts(), "delivery_id")
    place = ibis.literal("/").join([told.sha256, told.file, told.row.cast("string")])
    return conform_to(
        TABLES["quarantine"],
        told.mutate(
            source=ibis.literal(job.name),
            fingerprint=place.hexdigest("sha256"),
            first_seen_at=told.received_at,
        ),
    )


def _of_typed(name: str, file: TypedFile, judged: Judged, broken: ir.Table) -> Iterator[ir.Table]:
    """Yield the fates of a file's well-formed rows, the quarantined ones aside."""
    engine = file.job.engine
    here = broken.filter(broken.file == name)
    others = engine.keep(
        ibis.union(
            file.outcomes.select(*ROW),
            judged.left_out.select(*ROW),
            here.select(_delivery_id="delivery_id", _row="row"),
        )
    )
    rows = file.history.rows.select(*ROW)
    if engine.scalar(others.count()):
        rows = rows.anti_join(others, ROW)
        yield _fate(_named(file.outcomes, name), None)
        yield _fate(_named(judged.left_out, name), "excluded")
    yield _fate(_named(rows, name), "conformed")


def _of_excluded(job: SourceJob, name: str, landed: Landed) -> Iterator[ir.Table]:
    """Yield the fates of files without a table, malformed lines included."""
    for _, file in landed:
        paths = [path for path in (file.path, file.malformed_path) if path is not None]
        if paths:
            rows = job.engine.read(paths).select(*ROW)
            rule = ibis.literal(file.excluded_rule or NO_FILE)
            yield _fate(_named(rows.mutate(rule=rule), name), "excluded")


def _named(rows: ir.Table, file: str) -> ir.Table:
    return rows.mutate(file=ibis.literal(file)).rename(delivery_id="_delivery_id", row="_row")


def _fate(rows: ir.Table, fate: str | None) -> ir.Table:
    """Return rows as fates; columns of `row_fate` they lack are null, ``fate`` unless given."""
    known = {} if fate is None else {"fate": ibis.literal(fate)}
    absent = {"rule": "string", "by_delivery_id": "string", "by_row": "int64"}
    known |= {name: ibis.null(kind) for name, kind in absent.items() if name not in rows.columns}
    return rows.mutate(**known).select(
        "delivery_id", "file", "row", "fate", "rule", "by_delivery_id", "by_row"
    )


def _proved(
    job: SourceJob, fates: ir.Table, landed: Mapping[str, Landed]
) -> dict[str, Counter[str]]:
    """Count fates; raise unless rows 1 to n of every landed file have one each."""
    counted = fates.group_by("delivery_id", "file", "fate").aggregate(
        rows=fates.count(), total=fates.row.sum(), first=fates.row.min(), last=fates.row.max()
    )
    found: dict[tuple[str, str], list[dict[str, int]]] = {}
    sums: dict[str, Counter[str]] = {one.delivery_id: Counter() for one in job.deliveries}
    for row in job.engine.collect(counted).to_pylist():
        found.setdefault((row["delivery_id"], row["file"]), []).append(row)
        sums[row["delivery_id"]][row["fate"]] += row["rows"]
    for name, files in landed.items():
        for delivery, file in files:
            rows = found.get((delivery.delivery_id, name), [])
            _check(job.name, delivery.delivery_id, file, rows)
    return sums


def _check(source: str, delivery_id: str, file: LandedFile, rows: Sequence[dict[str, int]]) -> None:
    count, total = sum(row["rows"] for row in rows), sum(row["total"] for row in rows)
    first = min((row["first"] for row in rows), default=1)
    last = max((row["last"] for row in rows), default=file.rows)
    numbered = (first, last, total) == (1, file.rows, file.rows * (file.rows + 1) // 2)
    if count != file.rows or (rows and not numbered):
        message = (
            f"{source}: delivery {delivery_id} has {file.rows} rows of {file.file} "
            f"and {count} fates of them"
        )
        raise LakeError(message, remedy="Report this: every landed row must have exactly one fate.")
