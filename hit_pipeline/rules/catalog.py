"""Which dosage rules there are and which are in force in a district."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from hit_pipeline.errors import ConfigurationError, Misfit, SettingsError
from hit_pipeline.located_toml import LocatedToml, read_toml
from hit_pipeline.mistakes import in_order, mistakes, placed
from hit_pipeline.settings import District
from hit_pipeline.settings_programs import DosageRule
from hit_pipeline.settings_values import Model


class DosageRules(Model):
    """The file of shipped rules.

    Attributes:
        rules: Every version of every rule.
    """

    rules: tuple[DosageRule, ...]


@cache
def shipped_rules() -> tuple[DosageRule, ...]:
    """Return every version of every shipped dosage rule, in the order of their file."""
    return read_rules(Path(str(resources.files("hit_pipeline.rules"))) / "dosage.toml")


def read_rules(path: Path) -> tuple[DosageRule, ...]:
    """Read a file of dosage rules.

    Raises:
        ConfigurationError: It holds mistakes, two rules of one id and version among them.
    """
    document = read_toml(path, path.name, ConfigurationError)
    try:
        rules = DosageRules.model_validate(document.values).rules
    except ValidationError as objections:
        found = mistakes(objections, document, DosageRules)
        raise ConfigurationError(path.name, in_order(found)) from None
    versions = [(rule.id, rule.version) for rule in rules]
    if twice := [placed(misfit, document) for misfit in _repeated((), versions, "rules")]:
        raise ConfigurationError(path.name, twice)
    return rules


def dosage_rules(district: District) -> tuple[DosageRule, ...]:
    """Return the dosage rules in force in a district: the shipped ones it names, then its own.

    A name is the id of a rule, which means its newest version, or ``id@version``.

    Raises:
        SettingsError: A named rule is not shipped, or one id and version is in force twice.
    """
    own = [(rule.id, rule.version) for rule in district.own_dosage_rules]
    if found := list(rule_misfits(district.dosage_rules, own)):
        file = str(district.folder / "district.toml")
        place = LocatedToml(file, {}, "", {})
        raise SettingsError(file, [placed(misfit, place) for misfit in found])
    named = _by_name()
    return (*(named[name] for name in district.dosage_rules), *district.own_dosage_rules)


def rule_misfits(names: Sequence[str], own: Sequence[tuple[object, object]]) -> Iterator[Misfit]:
    """Yield what is wrong with the dosage rules of a district.

    Args:
        names: The shipped rules it names.
        own: Id and version of each rule it writes itself.
    """
    named = _by_name()
    in_force: list[tuple[object, object]] = []
    for place, name in enumerate(names):
        path = ("dosage_rules", place)
        if name not in named:
            valid = sorted({rule.id for rule in shipped_rules()})
            yield Misfit(path, "no shipped dosage rule has this name", f'"{name}"', valid)
            continue
        version = (named[name].id, named[name].version)
        if version in in_force:
            yield Misfit(path, "is named twice", f'"{name}"')
        in_force.append(version)
    yield from _repeated(in_force, own, "own_dosage_rules")


def _repeated(
    before: Sequence[tuple[object, object]], rules: Sequence[tuple[object, object]], key: str
) -> Iterator[Misfit]:
    """Yield a misfit for every rule whose id and version came earlier."""
    seen = set(before)
    for place, (rule, version) in enumerate(rules):
        if (rule, version) in seen:
            problem = "another rule in force has this id and version: give it the next version"
            yield Misfit((key, place), problem, f"{rule} version {version}")
        seen.add((rule, version))


def _by_name() -> dict[str, DosageRule]:
    """Return shipped rules by ``id@version``, and by ``id`` the newest version of each."""
    ordered = sorted(shipped_rules(), key=lambda rule: rule.version)
    return {
        **{rule.id: rule for rule in ordered},
        **{f"{rule.id}@{rule.version}": rule for rule in ordered},
    }
