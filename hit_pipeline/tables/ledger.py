"""Tables about the data itself: deliveries, findings, fates, quarantine."""

from hit_pipeline.tables import vocabulary as words
from hit_pipeline.tables.model import Column, Reference, Table

DELIVERY = Table(
    "delivery",
    "conformed",
    "delivery (a file or bundle as it arrived)",
    "Everything that arrived, with the fates of its rows.",
    (
        Column("delivery_id", "text", "Id of the delivery.", required=True),
        Column("source", "text", "Source.", required=True),
        Column("received_at", "timestamp", "When it arrived.", required=True),
        Column("received_date", "date", "That day in the district's zone.", required=True),
        Column(
            "status",
            "text",
            "What became of it.",
            required=True,
            valid=("landed", "refused", "held"),
        ),
        Column("refused_rule", "text", "Rule that refused or held it; null when landed."),
        Column("bytes", "integer", "Size as it arrived.", required=True, minimum=0),
        Column("sha256", "text", "Digest of the bytes.", required=True),
        Column("files", "integer", "Files in it.", required=True, minimum=0),
        Column("rows", "integer", "Rows in it.", required=True, minimum=0),
        *(
            Column(
                f"rows_{fate}", "integer", f"Rows whose fate is {fate}.", required=True, minimum=0
            )
            for fate in words.FATES
        ),
        Column("findings", "integer", "Findings about it.", required=True, minimum=0),
    ),
    ("delivery_id",),
)

DELIVERY_FINDING = Table(
    "delivery_finding",
    "conformed",
    "delivery x file x rule x column",
    "What was noticed about a delivery: tolerances used, drift, broken references, scrubbing.",
    (
        Column("delivery_id", "text", "Delivery.", required=True),
        Column("file", "text", "File in the delivery, as the contract names it.", required=True),
        Column("rule", "text", "Rule id.", required=True),
        Column("column", "text", "Column meant; empty when not one.", required=True),
        Column("severity", "text", "How bad.", required=True, valid=words.SEVERITIES),
        Column("count", "integer", "Rows or columns it was seen in.", required=True, minimum=0),
        Column("detail", "text", "In words; never a cell of a pupil.", required=True),
    ),
    ("delivery_id", "file", "rule", "column"),
    (Reference(("delivery_id",), "delivery", ("delivery_id",)),),
)

ROW_FATE = Table(
    "row_fate",
    "typed",
    "landed row",
    "The one fate of every landed row. Lives in the lake, published as sums in `delivery`.",
    (
        Column("source", "text", "Source.", required=True),
        Column("delivery_id", "text", "Delivery.", required=True),
        Column("file", "text", "Contract's name of the file.", required=True),
        Column("row", "integer", "Row in the file, 1-based.", required=True, minimum=1),
        Column("fate", "text", "Its fate.", required=True, valid=words.FATES),
        Column("rule", "text", "Rule that decided; null for conformed."),
        Column("by_delivery_id", "text", "Delivery of the row that superseded or first held it."),
        Column("by_row", "integer", "That row."),
    ),
    ("delivery_id", "file", "row"),
)

QUARANTINE = Table(
    "quarantine",
    "conformed",
    "landed row x rule x column",
    "Rows that could not be typed or mapped, with the reason. Values stay in the landing zone.",
    (
        Column("source", "text", "Source.", required=True),
        Column("delivery_id", "text", "Delivery.", required=True),
        Column("file", "text", "Contract's name of the file.", required=True),
        Column("row", "integer", "Row in the file, 1-based.", required=True, minimum=1),
        Column("rule", "text", "Rule id.", required=True),
        Column("column", "text", "Column of the typed table; empty when not one.", required=True),
        Column("reason", "text", "Why, in words without values.", required=True),
        Column(
            "fingerprint",
            "text",
            "Keyed digest of the row, to find it again.",
            "provenance",
            required=True,
        ),
        Column("first_seen_at", "timestamp", "When it was first quarantined.", required=True),
    ),
    ("delivery_id", "file", "row", "rule", "column"),
    (Reference(("delivery_id",), "delivery", ("delivery_id",)),),
)

LEDGER_TABLES = (DELIVERY, DELIVERY_FINDING, ROW_FATE, QUARANTINE)
