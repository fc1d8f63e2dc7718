"""Rules of the ledger: nothing that landed is lost, and what was refused says why."""

from expectations.rule import Rule
from hit_pipeline.tables.vocabulary import FATES

_FATES = " + ".join(f"rows_{fate}" for fate in FATES)
_LOST = (
    "Rows were lost or counted twice on the way from landing to typed: rebuild the source; if it "
    "stays, compare `fates.parquet` with the delivery."
)

LEDGER_RULES = (
    Rule(
        "delivery.fates.sum",
        "row",
        "critical",
        ("rows", *(f"rows_{fate}" for fate in FATES)),
        "the fates of a landed delivery sum to its rows",
        _LOST,
        against=f"""status = 'landed' AND "rows" <> {_FATES}""",
    ),
    Rule(
        "delivery.fates.not_landed",
        "row",
        "critical",
        ("status", *(f"rows_{fate}" for fate in FATES)),
        "rows of a delivery that was refused or is held have no fate",
        "A refused or held delivery was typed: rebuild its source.",
        against=f"status <> 'landed' AND {_FATES} <> 0",
    ),
    Rule(
        "delivery.refused_rule.status",
        "row",
        "critical",
        ("status", "refused_rule"),
        "exactly what was not landed names the rule that stopped it",
        "The record of the delivery contradicts itself: land it again.",
        against="(status = 'landed') <> (refused_rule IS NULL)",
    ),
    Rule(
        "quarantine.rows.counted",
        "total",
        "critical",
        ("delivery_id", "file", "row"),
        "a delivery has as many rows in quarantine as it has rows of that fate",
        _LOST,
        against="(FROM delivery LEFT JOIN (FROM quarantine SELECT delivery_id, "
        "count(DISTINCT row(file, row)) AS listed GROUP BY delivery_id) USING (delivery_id) "
        "SELECT count(*) WHERE coalesce(listed, 0) <> rows_quarantined)",
        reads=("quarantine", "delivery"),
    ),
)
