"""What rules and evidence mean, in words without values."""

RULES = {
    "roster.new": "a roster lists the person for the first time",
    "id.remembered": "the source's own identifier already belongs to the person",
    "id.exact": "an identifier is the person's, and nothing speaks against it",
    "id.repaired": "an identifier is the person's after repair, and nothing speaks against it",
    "id.bare": "an identifier alone is the person's, in the system its contract vouches for",
    "id.mistyped": "one person only has this name, and an identifier one digit away",
    "name.birth_date": "one person only has this name and birth date",
    "id.reused": "the source's own identifier belonged to somebody of another name and birth date",
    "id.contradicted": "an identifier belongs to somebody whose name or birth date is another",
    "id.ambiguous": "identifiers lead to several people whose names fit",
    "id.shared": "an identifier is claimed by several people, or identifiers lead to several",
    "id.uncorroborated": "an identifier stands alone, in a system nobody vouches for",
    "id.unknown": "no roster knows an identifier, and the name does not lead to one person",
    "name.probable": "name, birth date, school and grade leave hardly anybody else, nor nobody",
    "name.possible": "name, birth date, school and grade make it possible, but not sure",
    "name.ambiguous": "several people have this name and birth date",
    "name.other_id": "one person has nearly this name and birth date, but quite another identifier",
    "name.close": "the name fits, the name or birth date only nearly",
    "name.only": "the name fits, but no birth date bears it out",
    "name.unknown": "no identifier is stated, and the name does not lead to one person",
    "account.second": "it is linked, but the vendor has another account of that student, and the "
    "first name is not quite the same: a twin?",
    "record.second": "it fits, but another record of the same delivery is that student, too, and "
    "the file has one row per student",
    "person.two_numbers": "rosters know one name and birth date by two sets of identifiers",
    "tutor.together": "name and e-mail, school, employer or time of work make it one tutor",
    "tutor.apart": "what made it one tutor with others holds no more",
    "tutor.possible": "the names fit, but nothing bears out that it is one tutor, or not enough",
    "steward.same": "a steward decided that the record is the person",
    "steward.not_same": "a steward decided that the record is not the person",
    "steward.unsure": "a steward could not tell whether the record is the person",
    "steward.torn": "stewards' answers on the identifier contradict each other",
    "steward.undone": "a steward took a decision back; the rules decide anew",
}
"""Rule to meaning. Some rules end in the identifier system of the claim: ``id.exact.district``."""

EVIDENCE = {
    "first=same": "the first name is the same",
    "first=nickname": "the first name is a nickname, or the middle name",
    "first=alike": "the first name is spelt much alike",
    "first=other": "the first name is another",
    "last=fits": "the family name fits",
    "last=other": "the family name is another",
    "birth=equal": "the birth date is the same",
    "birth=near": "the birth date differs in one part",
    "birth=other": "the birth date is another",
    "repair=decimal": "the identifier ended in .0",
    "repair=scientific": "the identifier was written like 1.234E+06",
    "repair=scientific_lossy": "the identifier was written like 1.2E+06 and lost digits",
    "repair=prefix": "letters before the identifier differ",
    "repair=lost_zeros": "the identifier lost leading zeros",
    "repair=extra_zeros": "the identifier has leading zeros the roster has not",
    "repair=trimmed": "the identifier differs in case, blanks or quotes",
}
"""Evidence code of the rules to meaning."""

_COMPARED = {
    "given": "the given name",
    "family": "the family name",
    "birth": "the birth date",
    "middle": "the middle name",
    "gender": "the gender",
    "school": "the school",
    "grade": "the grade",
    "tutor": "the tutor",
    "program": "the program",
    "phone": "the telephone number",
    "email": "the e-mail address",
    "address": "the address",
    "address2": "the second line of the address",
    "number": "the house number",
    "postcode": "the postcode",
    "locality": "the town",
    "region": "the state",
    "employer": "the employer, going by where the tutors on its list work,",
    "account": "the other account of the same log",
    "room": "at the same hours the place of work",
    "mailbox": "in the same source the e-mail address",
    "name": "the name, among others who might be meant,",
}
_LEVELS = {
    "same": "is the same",
    "swapped": "stands in the place of the family name, and that in its",
    "swapped_near": "stands nearly in the place of the family name, and that in its",
    "crossed": "stands in another's place",
    "word": "has a word in common",
    "nickname": "is a short form",
    "middle": "is the middle name",
    "edit": "differs in one letter",
    "initial": "is an initial that fits",
    "near": "is spelt nearly the same",
    "part": "agrees in part",
    "exchanged": "has day and month exchanged",
    "digit": "differs in one digit",
    "next": "is the next or the one before",
    "other": "is another",
    "beside": "is used on the same days",
    "shared": "is shared",
}
"""What the probabilistic tier compares, and by which level it agrees."""

_SYSTEMS = {
    "district": "district number",
    "state": "state number",
    "sis": "number of the student information system",
    "email": "e-mail address",
    "clever": "Clever id",
    "classlink": "ClassLink id",
    "vendor": "vendor's own id",
    "source": "source's own id",
}


def system_in_words(system: str) -> str:
    """Return what people call an identifier of a system."""
    return _SYSTEMS[system]


def rule_in_words(rule: str) -> str:
    """Return the meaning of a rule id.

    >>> rule_in_words("id.bare.state")
    "an identifier alone is the person's, in the system its contract vouches for (state)"
    """
    if rule in RULES:
        return RULES[rule]
    family, _, system = rule.rpartition(".")
    return f"{RULES[family]} ({system})"


def evidence_in_words(evidence: str | None) -> list[str]:
    """Return the meaning of every code of an evidence text.

    >>> evidence_in_words("repair=decimal system=sis_as_state")
    ['the identifier ended in .0', 'it was stated as sis and is known as state']
    """
    return [_code_in_words(code) for code in (evidence or "").split()]


def _code_in_words(code: str) -> str:
    if code in EVIDENCE:
        return EVIDENCE[code]
    compared, _, level = code.partition("=")
    if compared in _COMPARED:
        return f"{_COMPARED[compared]} {_LEVELS[level]}"
    stated, _, known = code.removeprefix("system=").partition("_as_")
    return f"it was stated as {stated} and is known as {known}"


def settling(rule: str) -> str:
    """Return in words what would let the rules decide what a rule left open."""
    if rule.startswith("name.") and rule != "name.unknown":
        return "a birth date, or an identifier of the student, from the source"
    if rule in {"id.unknown", "name.unknown"}:
        return "the right identifier from the source, or a roster that lists the person"
    if rule == "id.uncorroborated":
        return "a name or birth date beside the identifier, or an identifier in the declared system"
    return "a correction of the identifier at its source, or a decision of the steward"
