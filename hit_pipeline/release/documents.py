"""What stands beside the Parquet of a release: datapackage, dictionary, verdicts, diff."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from hit_pipeline.privacy.tiers import analyst_columns
from hit_pipeline.release.audit import Audited
from hit_pipeline.release.catalog import UNFINISHED, Release
from hit_pipeline.release.dictionary import all_columns, data_dictionary, resource
from hit_pipeline.settings import District
from hit_pipeline.tables.catalog import PUBLISHED

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_COLUMNS = {"restricted": all_columns, "analyst": analyst_columns}
_READING = """# Reading this release

A table is one Parquet file, or one per school year; the column `school_year` is in the files too.

- DuckDB: open `hit.duckdb` and query `analyst.reach`. Its views name the files where the release
  was published; after moving the folder, read the files.
- pandas: `pandas.read_parquet("analyst/reach", partitioning=None)`.
- Any other tool: every `*.parquet` below the table's folder.

`manifest.json` tells rows and SHA-256 of every file, `datapackage.json` its columns.
"""
_STYLE = (
    "body{font:16px/1.5 system-ui;margin:2rem}table{border-collapse:collapse}"
    "td,th{padding:.2rem .8rem;border-bottom:1px solid #ccc;text-align:left}"
    "td{text-align:right;font-variant-numeric:tabular-nums}"
)


def write(
    folder: Path,
    district: District,
    manifest: Mapping[str, Any],
    audited: Sequence[Audited],
    before: Release | None,
) -> None:
    """Write every document of a release into its staging folder, the unfinished manifest too.

    Forcing them to disk is left to the caller.
    """
    documents = {
        UNFINISHED: _json(manifest),
        "datapackage.json": _json(datapackage(district, manifest)),
        "docs/data-dictionary.md": data_dictionary(),
        "docs/reading.md": _READING,
        "diff.html": diff_page(manifest, before),
    }
    for one in audited:
        place = f"quality/{one.table.name}/{one.school_year or 'all'}.json"
        documents[place] = _json(one.verdict.as_json())
    for place, text in documents.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text, encoding="utf-8")


def datapackage(district: District, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Data Package (version 2.0) of a release: a resource per tier and table."""
    resources = []
    for tier, columns_of in _COLUMNS.items():
        for table in PUBLISHED:
            paths = sorted(
                file["path"]
                for file in manifest["files"]
                if (file["tier"], file["table"]) == (tier, table.name)
            )
            if paths:
                resources.append(resource(table, paths, tier=tier, columns_of=columns_of))
    return {
        "$schema": PROFILE,
        "name": "tutoring-warehouse",
        "title": f"Tutoring warehouse of {district.district.name}",
        "description": " ".join(f"{tier}: {words}" for tier, words in manifest["tiers"].items()),
        "version": manifest["name"],
        "created": manifest["created_at"],
        "resources": resources,
    }


def diff_page(manifest: Mapping[str, Any], before: Release | None) -> str:
    """Return the page that tells how many rows each table of a release has more than before.

    Which rows were added, removed or changed is counted by `hit release diff`.
    """
    name = escape(str(manifest["name"]))
    told = "<p>The first release of this lake.</p>"
    if before is not None:
        earlier, later = _rows(before.manifest), _rows(manifest)
        rows = "".join(
            f"<tr><th scope=row>{escape(table)}</th><td>{earlier.get(table, 0):,}</td>"
            f"<td>{later.get(table, 0):,}</td>"
            f"<td>{later.get(table, 0) - earlier.get(table, 0):+,}</td></tr>"
            for table in dict.fromkeys((*later, *earlier))
        )
        told = (
            f"<p>Compared with {escape(before.name)}.</p><table><thead><tr><th>table"
            f"<th>rows before<th>rows<th>difference</tr></thead><tbody>{rows}</tbody></table>"
        )
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Release {name}</title>"
        f"<style>{_STYLE}</style><h1>Release {name}</h1>{told}</html>\n"
    )


def _json(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


def _rows(manifest: Mapping[str, Any]) -> dict[str, int]:
    """Return the rows of every table of the restricted tier."""
    rows: dict[str, int] = {}
    for file in manifest["files"]:
        if file["tier"] == "restricted":
            rows[file["table"]] = rows.get(file["table"], 0) + file["rows"]
    return rows
