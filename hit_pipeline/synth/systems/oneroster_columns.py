"""Files of a OneRoster bundle and their columns, in the order of the 1EdTech CSV binding."""

from dataclasses import dataclass

import pyarrow as pa

from hit_pipeline.synth.truth.draws import Ints

_USERS = "userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,"
RACES = {
    "American Indian or Alaska Native": "americanIndianOrAlaskaNative",
    "Asian": "asian",
    "Black or African American": "blackOrAfricanAmerican",
    "Native Hawaiian or Other Pacific Islander": "nativeHawaiianOrOtherPacificIslander",
    "White": "white",
    "Two or More Races": "demographicRaceTwoOrMoreRaces",
    "Hispanic/Latino": "hispanicOrLatinoEthnicity",
}
_COLUMNS = {
    "orgs": "name,type,identifier,parentSourcedId",
    "academicSessions": "title,type,startDate,endDate,parentSourcedId,schoolYear",
    "courses": "schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
    "classes": "title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    "termSourcedIds,subjects,subjectCodes,periods",
    "users": f"enabledUser,username,{_USERS}grades,password,userMasterIdentifier,"
    "preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
    "roles": "userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId",
    "enrollments": "classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate",
    "demographics": ",".join(
        ("birthDate", "sex", *RACES.values(), "countryOfBirthCode", "stateOfBirthAbbreviation")
    )
    + ",cityOfBirth,publicSchoolResidenceStatus",
}
_USERS_1_1 = f"enabledUser,orgSourcedIds,role,username,{_USERS}grades,password"


def columns(file: str, version: str) -> tuple[str, ...]:
    """Return the header of a data file in a version of OneRoster."""
    own = _USERS_1_1 if (file, version) == ("users", "1.1") else _COLUMNS[file]
    return ("sourcedId", "status", "dateLastModified", *own.split(","))


def files(version: str) -> tuple[str, ...]:
    """Return the names of the data files of a bundle, in order."""
    return tuple(file for file in _COLUMNS if version != "1.1" or file != "roles")


@dataclass(frozen=True)
class Part:
    """Rows of one data file about one kind of person.

    Attributes:
        file: Name of the file, without ``.csv``.
        person: True person of each row; -1 for rows about nobody.
        role: ``student``, ``staff`` or, for rows about nobody, empty.
    """

    file: str
    rows: pa.Table
    person: Ints
    role: str = ""
