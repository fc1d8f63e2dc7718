"""The manifest of a OneRoster bundle: what it says, and which mode each file is read in."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from hit_pipeline.landing.delivery import Finding
from hit_pipeline.sources.oneroster.layout import BY_ENTRY, CORE, LAYOUTS, VERSIONS

Mode = Literal["bulk", "delta"]
NAME = "manifest"
_STATED = ("absent", "bulk", "delta")


@dataclass(frozen=True)
class Manifest:
    """What manifest.csv says; `properties` is None when there is none.

    Attributes:
        properties: Property to value, both trimmed, property names in lower case.
    """

    properties: Mapping[str, str] | None

    @property
    def version(self) -> str | None:
        """The version of OneRoster stated; None when none is."""
        return (self.properties or {}).get("oneroster.version") or None

    def stated(self, file: str) -> str | None:
        """Return what is stated of a file, lower case; None when nothing is."""
        key = f"file.{LAYOUTS[file].entry}".casefold()
        return (self.properties or {}).get(key, "").casefold() or None

    def mode(self, file: str, *, has_deletions: bool) -> Mode:
        """Return how a supplied file is read.

        As stated. A file the manifest calls absent is read like the others when they are all
        alike, else as delta, so that nothing is taken as removed by a guess. Without a manifest a
        bundle is bulk, as in 1.0; but a file with rows ``tobedeleted`` can only be delta.
        """
        stated = self.stated(file)
        if stated == "bulk":
            return "bulk"
        if stated == "delta":
            return "delta"
        if self.properties is None:
            return "delta" if has_deletions else "bulk"
        others = {self.stated(one) for one in LAYOUTS} & {"bulk", "delta"}
        return "bulk" if others == {"bulk"} and not has_deletions else "delta"


def manifest_findings(manifest: Manifest, supplied: Set[str]) -> list[Finding]:
    """Return what is odd about the manifest of a bundle and the files supplied with it."""
    if manifest.properties is None:
        detail = "there is no manifest.csv: read as bulk, version by the headers"
        return [Finding("", "oneroster.missing_manifest", "warning", 1, detail)]
    return [
        *_versions(manifest.properties),
        *_codes(manifest),
        *_mismatches(manifest, supplied),
        *_absences(manifest, supplied),
    ]


def _versions(properties: Mapping[str, str]) -> Iterator[Finding]:
    own = properties.get("manifest.version", "")
    if own == "1":
        detail = "manifest.version is 1 instead of 1.0"
        yield Finding(NAME, "tolerance.manifest_version", "info", 1, detail)
    elif own != "1.0":
        detail = "manifest.version is not 1.0"
        yield Finding(NAME, "oneroster.manifest_version", "warning", 1, detail)
    if properties.get("oneroster.version", "") not in VERSIONS:
        detail = f"oneroster.version is none of {', '.join(VERSIONS)}"
        yield Finding(NAME, "oneroster.version", "warning", 1, detail)


def _codes(manifest: Manifest) -> Iterator[Finding]:
    files = [key.removeprefix("file.") for key in manifest.properties or {} if key[:5] == "file."]
    if unknown := [file for file in files if file not in BY_ENTRY]:
        detail = "files the binding does not know are stated"
        yield Finding(NAME, "oneroster.manifest_file", "info", len(unknown), detail)
    stated = [manifest.stated(BY_ENTRY[file]) for file in files if file in BY_ENTRY]
    if wrong := [one for one in stated if one not in _STATED]:
        detail = f"values other than {', '.join(_STATED)}"
        yield Finding(NAME, "oneroster.enum", "warning", len(wrong), detail, "value")
    if {"bulk", "delta"} <= set(stated):
        detail = "some files are bulk and some are delta"
        yield Finding(NAME, "oneroster.mixed_modes", "warning", 1, detail)


def _mismatches(manifest: Manifest, supplied: Set[str]) -> Iterator[Finding]:
    for file, layout in LAYOUTS.items():
        stated, rule = manifest.stated(file), "oneroster.manifest_mismatch"
        if file in supplied and stated not in ("bulk", "delta"):
            what = "calls it absent" if stated == "absent" else "does not state it"
            detail = f"{layout.entry}.csv is in the bundle, but the manifest {what}; it was read"
            yield Finding(file, rule, "warning", 1, detail)
        elif file not in supplied and stated in ("bulk", "delta"):
            detail = f"the manifest states {layout.entry}.csv as {stated}, but it is not there"
            yield Finding(file, rule, "warning", 1, detail)


def _absences(manifest: Manifest, supplied: Set[str]) -> Iterator[Finding]:
    wanted = (*CORE, "roles") if manifest.version == "1.2" else CORE
    is_delta = any(manifest.stated(file) == "delta" for file in LAYOUTS)
    if not supplied or is_delta:
        return
    for file in wanted:
        if file not in supplied and manifest.stated(file) not in ("bulk", "delta"):
            detail = f"there is no {LAYOUTS[file].entry}.csv; the rest was read without it"
            yield Finding(file, "tolerance.file_absent", "info", 1, detail)
