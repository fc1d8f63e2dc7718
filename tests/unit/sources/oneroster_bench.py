"""OneRoster bundles of one's own making, read by the adapter."""

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hit_pipeline.engine import Engine
from hit_pipeline.lake import Lake
from hit_pipeline.landing.delivery import Arrival, Delivery, Finding
from hit_pipeline.landing.store import land
from hit_pipeline.settings import District
from hit_pipeline.sources.adapters import adapter
from hit_pipeline.sources.base import ReadFile
from hit_pipeline.sources.oneroster.bundle import OneRosterCsv

NOW = datetime(2026, 11, 12, 5, tzinfo=UTC)
LIFE = "sourcedId,status,dateLastModified"
USERS = (
    f"{LIFE},enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password"
)
ORGS = f"{LIFE},name,type,identifier,parentSourcedId"
SESSIONS = f"{LIFE},title,type,startDate,endDate,parentSourcedId,schoolYear"
COURSES = f"{LIFE},schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes"
CLASSES = (
    f"{LIFE},title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    "termSourcedIds,subjects,subjectCodes,periods"
)
STAMP = "active,2026-09-01T05:00:00.000Z"
"""Status and dateLastModified of a row."""
ENROLLMENTS = f"{LIFE},classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"

Files = Mapping[str, str | bytes]


def table(header: str, *rows: str) -> str:
    """Return a CSV file of a header and rows."""
    return "\n".join((header, *rows)) + "\n"


def manifest(mode: str, *files: str, version: str = "1.1", **more: str) -> str:
    """Return a manifest that states some files in one mode, and more as given."""
    rows = [f"file.{name},{mode}" for name in files]
    rows += [f"file.{name},{value}" for name, value in more.items()]
    return table(
        "propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}", *rows
    )


def small(mode: str = "bulk", life: str = ",") -> dict[str, str]:
    """Return a whole little 1.1 bundle; ``life`` fills status and dateLastModified."""
    return {
        "manifest.csv": manifest(
            mode, "orgs", "academicSessions", "courses", "classes", "users", "enrollments"
        ),
        "orgs.csv": table(ORGS, f"d,{life},Us,district,900,", f"s1,{life},A,school,0101,d"),
        "academicSessions.csv": table(
            SESSIONS,
            f"y,{life},Year,schoolYear,2026-08-17,2027-05-29,,2027",
            f"f,{life},Fall,term,2026-08-17,2026-12-19,y,2027",
            f"p,{life},Spring,term,2027-01-05,2027-05-29,y,2027",
        ),
        "courses.csv": table(COURSES, f"c1,{life},y,Algebra,ALG,09,d,Math,02052"),
        "classes.csv": table(
            CLASSES, f'k1,{life},Algebra 1,09,c1,A1,scheduled,,s1,"f,p",Math,02052,1'
        ),
        "users.csv": table(
            USERS,
            f"u1,{life},true,s1,student,ana,{{Local:7}},Ana,Ruiz,,0007,,,,,09,",
            f"t1,{life},true,s1,teacher,tom,,Tom,Hale,,,,,,,,",
        ),
        "enrollments.csv": table(
            ENROLLMENTS, f"e1,{life},k1,s1,u1,student,,,", f"e2,{life},k1,s1,t1,teacher,true,,"
        ),
    }


@dataclass
class Dropped:
    """One district with one OneRoster source.

    Attributes:
        folder: The district folder.
        engine: The table engine.
        pattern: Pattern of the source.
    """

    folder: Path
    engine: Engine
    pattern: str = "*"

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox" / "sis"

    @property
    def district(self) -> District:
        source = {"adapter": "oneroster_csv", "kind": "roster", "pattern": self.pattern}
        return District.model_validate(
            {
                "folder": self.folder,
                "district": {"name": "Ours", "time_zone": "America/Chicago"},
                "sources": {"sis": source},
            }
        )

    def adapter(self, now: datetime = NOW) -> OneRosterCsv:
        made = adapter(self.district, "sis", now)
        assert isinstance(made, OneRosterCsv)
        return made

    def put(self, name: str, content: str | bytes, *, age: int = 3600) -> Path:
        """Drop a file that was last changed some seconds ago."""
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        changed = NOW.timestamp() - age
        os.utime(path, (changed, changed))
        return path

    def zip(self, files: Files, name: str = "roster.zip") -> Arrival:
        """Drop a zip and return it as the arrival it is."""
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for entry, content in files.items():
                archive.writestr(zipfile.ZipInfo(entry), content)
        os.utime(path, (NOW.timestamp() - 3600,) * 2)
        return next(one for one in self.arrivals() if one.name == name)

    def arrivals(self) -> list[Arrival]:
        return list(self.adapter().arrivals(self.inbox))

    def read(self, files: Files) -> dict[str, ReadFile]:
        """Read files as a zip."""
        workspace = self.folder / "workspace"
        workspace.mkdir(exist_ok=True)
        found = self.adapter().read(self.engine, self.zip(files), workspace)
        return {one.file: one for one in found}

    def findings(self, files: Files) -> list[Finding]:
        """Return everything noticed about a zip of files."""
        return [finding for one in self.read(files).values() for finding in one.findings]

    def of(self, entry: str, content: str) -> set[tuple[str, str, str, int]]:
        """Return what `rules` returns of the little bundle with one file replaced."""
        return rules(self.findings({**small(), entry: content}))

    def land(self, files: Files, name: str = "roster.zip", now: datetime = NOW) -> Delivery:
        """Land a zip of files."""
        arrival = self.zip(files, name)
        lake = Lake.open(self.district.lake_path)
        dated = Arrival(arrival.source, arrival.name, arrival.path, now)
        return land(self.engine, lake, dated, self.adapter(now), district=self.district)


def rules(findings: list[Finding], prefix: str = "oneroster.") -> set[tuple[str, str, str, int]]:
    """Return rule, file, column and count of the findings whose rule begins with a prefix."""
    return {
        (one.rule, one.file, one.column, one.count)
        for one in findings
        if one.rule.startswith(prefix)
    }
