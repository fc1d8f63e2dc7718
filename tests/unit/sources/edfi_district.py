"""A small invented district in an ODS of our own, and the source that asks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hit_pipeline.engine import Engine
from tests.unit.sources.asked import Asked
from tests.unit.sources.edfi_ods import Manners, Ods, Record
from tests.unit.sources.edfi_service import serving

LEA, ADA, BO = 100, "1001", "1002"
ELM, OAK = 100001, 100002


def descriptor(kind: str, code: str, namespace: str = "ed-fi.org") -> str:
    return f"uri://{namespace}/{kind}Descriptor#{code}"


def school(number: int, name: str, **more: object) -> Record:
    return {
        "schoolId": number,
        "nameOfInstitution": name,
        "localEducationAgencyReference": {"localEducationAgencyId": LEA, "link": {"rel": "LEA"}},
        **more,
    }


def student(unique_id: str, first: str, **more: object) -> Record:
    return {
        "studentUniqueId": unique_id,
        "firstName": first,
        "lastSurname": "Alder",
        "birthDate": "2015-05-05",
        **more,
    }


def enrolled(unique_id: str, number: int, entry: str = "2026-08-17", **more: object) -> Record:
    return {
        "studentReference": {"studentUniqueId": unique_id},
        "schoolReference": {"schoolId": number},
        "entryDate": entry,
        "entryGradeLevelDescriptor": descriptor("GradeLevel", "Fifth grade"),
        **more,
    }


def said_of(unique_id: str, organization: int = LEA, **more: object) -> Record:
    return {
        "studentReference": {"studentUniqueId": unique_id},
        "educationOrganizationReference": {"educationOrganizationId": organization},
        **more,
    }


def code(system: str, number: str, organization: str = "100") -> Record:
    return {
        "studentIdentificationSystemDescriptor": descriptor("StudentIdentificationSystem", system),
        "assigningOrganizationIdentificationCode": organization,
        "identificationCode": number,
    }


def characteristic(name: str, **more: object) -> Record:
    kind = descriptor("StudentCharacteristic", name)
    return {"studentCharacteristicDescriptor": kind, **more}


def filled(ods: Ods) -> Ods:
    """Put two schools and two enrolled students in."""
    ods.put("schools", school(ELM, "Elm"), school(OAK, "Oak"))
    ods.put("students", student(ADA, "Ada"), student(BO, "Bo"))
    ods.put("studentSchoolAssociations", enrolled(ADA, ELM), enrolled(BO, OAK))
    return ods


@contextmanager
def district(
    engine: Engine, folder: Path, manners: Manners | None = None, **rest: Any
) -> Iterator[tuple[Ods, Asked]]:
    """Serve the district; `rest` are further keys of the source's ``rest``."""
    with serving(Ods(manners)) as ods:
        filled(ods)
        yield ods, source(engine, folder, ods, **rest)


def source(engine: Engine, folder: Path, ods: Ods, **rest: Any) -> Asked:
    stated = {
        "url": ods.url,
        "client_id": ods.key,
        "client_secret": ods.secret,
        "retry_seconds": 0,
        **rest,
    }
    return Asked(engine, folder, {"adapter": "edfi_rest", "kind": "roster", "rest": stated})
