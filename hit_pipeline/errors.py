"""The exceptions of the core, and the rule for choosing one.

The tree (indent = subclass)::

    HitError
      ConfigurationError        a person must edit a file or the environment
        SettingsError             district.toml or HIT_* values
        ContractError             a source contract (TOML)
      SourceError               something outside gave what we cannot take
        TransientSourceError      may work when tried again: the only kind ever retried
        PermanentSourceError      trying again cannot help
          NotServed                 the other side does not have it
          DeliveryRefused           one file or bundle is refused, named by rule; the night goes on
      LakeError                 the lake or the registry is not as it must be
        LakeBusy                  another process holds the one-writer lease
        LakeFormatError           written by another format version
        RegistryChanged           somebody wrote to the registry while this was being worked out
      DecisionConflict          a steward's answer contradicts what was decided before
      ReleaseRefused            a check is missing, failed or older than its table
      DisclosureRefused         a file with pupils may not go out: no agreement allows it
      QuestionClosed            a question of the review is answered already, or gone
      NotFound                  a name the user gave is not there

Messages never carry a pupil's value: they name files, rows, columns, rules and counts. What was
received is repeated only for configuration, headers and closed code lists.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


class HitError(Exception):
    """Base of every error the core raises on purpose.

    Attributes:
        remedy: What the reader can do about it, one sentence, or an empty string.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        stop = "." if remedy and message[-1:] not in ".?!" else ""
        super().__init__(f"{message}{stop} {remedy}".strip())
        self.remedy = remedy


KeyPath = tuple[str | int, ...]
"""Keys, and 0-based places in lists, that lead to a value of a configuration."""


@dataclass(frozen=True)
class Misfit:
    """One thing in a configuration that does not fit, before its line is known.

    Attributes:
        path: Where it is.
        problem: What is wrong, in words.
        received: What was written there, as text; None when nothing was.
        valid: What would be valid; empty when it cannot be listed.
    """

    path: KeyPath
    problem: str
    received: str | None = None
    valid: Sequence[str] = ()


class Misfits(ValueError):
    """Several things a validator of a configuration model found below the value it looks at.

    Only pydantic meets it; `hit_pipeline.located_toml` turns each into a `Mistake` of its own.

    Attributes:
        misfits: What was found; their paths begin below the validated value.
    """

    def __init__(self, misfits: Iterable[Misfit]) -> None:
        self.misfits = tuple(misfits)
        super().__init__("; ".join(one.problem for one in self.misfits))


@dataclass(frozen=True)
class Mistake:
    """One mistake in a configuration file.

    Attributes:
        where: Dotted path of the key, for example ``sources.sis.adapter``.
        line: Line in the file, 1-based; None when it comes from the environment.
        problem: What is wrong, in words.
        received: What was written there, as text; None when nothing was.
        valid: What would be valid; empty when it cannot be listed.
    """

    where: str
    line: int | None
    problem: str
    received: str | None = None
    valid: Sequence[str] = field(default_factory=tuple)

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line is not None else ""
        got = f"; received {self.received}" if self.received is not None else ""
        allowed = f"; valid are {', '.join(self.valid)}" if self.valid else ""
        return f"{place}{self.where}: {self.problem}{got}{allowed}"


class ConfigurationError(HitError):
    """A configuration file or the environment holds mistakes; all are reported at once.

    Attributes:
        file: The file the mistakes are in, as the user named it.
        mistakes: Every mistake found, in the order of the file.
    """

    def __init__(self, file: str, mistakes: Iterable[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        lines = "".join(f"\n  {mistake}" for mistake in self.mistakes)
        super().__init__(f"{file} has {count} mistake{'s' if count != 1 else ''}:{lines}")


class SettingsError(ConfigurationError):
    """``district.toml`` or a ``HIT_*`` variable cannot be used as written."""


class ContractError(ConfigurationError):
    """A source contract cannot be used as written."""


class SourceError(HitError):
    """Something outside gave what cannot be taken.

    Attributes:
        source: Name of the source in ``district.toml``.
    """

    def __init__(self, message: str, *, source: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.source = source


class TransientSourceError(SourceError):
    """May work when tried again: the only kind that is ever retried.

    Attributes:
        wait_seconds: How long the other side asks to be left alone; None: it did not say.
    """

    def __init__(
        self, message: str, *, source: str, remedy: str = "", wait_seconds: float | None = None
    ) -> None:
        super().__init__(message, source=source, remedy=remedy)
        self.wait_seconds = wait_seconds


class PermanentSourceError(SourceError):
    """Trying again cannot help; somebody must change something."""


class NotServed(PermanentSourceError):
    """The other side does not have what was asked for: a resource, a table, a folder."""


class DeliveryRefused(PermanentSourceError):
    """One file or bundle is refused as a whole; the rest of the night goes on.

    Attributes:
        rule: Id of the rule that refused it, for example ``landing.zip_bomb``.
        file: Name of the file or of the entry in the bundle.
        row: Row or line it was seen in, 1-based; None when the whole file is meant.
        column: Column it was seen in; None when not one column.
        forbidden: Columns it has whose cells must never be kept; landing destroys its bytes then.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str,
        rule: str,
        file: str,
        row: int | None = None,
        column: str | None = None,
        remedy: str = "",
        forbidden: Sequence[str] = (),
    ) -> None:
        place = file + (f", row {row}" if row is not None else "")
        place += f", column {column}" if column is not None else ""
        super().__init__(f"[{rule}] {place}: {message}", source=source, remedy=remedy)
        self.rule, self.file, self.row, self.column = rule, file, row, column
        self.forbidden = tuple(forbidden)


class LakeError(HitError):
    """The lake or the registry is not as it must be."""


class LakeBusy(LakeError):
    """Another process holds the one-writer lease; the message says who and since when."""


class LakeFormatError(LakeError):
    """The lake was written by a format version this code does not read."""


class RegistryChanged(LakeError):
    """Somebody wrote to the registry while changes to it were being worked out."""


class DecisionConflict(HitError):
    """Answers of a steward contradict what was decided before; none of the batch is kept.

    Attributes:
        conflicts: Per answer that does, its place in the batch (0-based) and why, in words that
            name stewards and instants.
    """

    def __init__(self, conflicts: Mapping[int, str], answers: int) -> None:
        self.conflicts = dict(conflicts)
        count = f"{len(self.conflicts)} of {answers} answers contradict"
        count = "the answer contradicts" if answers == 1 else count
        lines = "".join(
            f"\n  {f'answer {place + 1}: ' if answers > 1 else ''}{why}"
            for place, why in self.conflicts.items()
        )
        super().__init__(f"{count} what was decided before; nothing was written:{lines}")


class ReleaseRefused(HitError):
    """A release may not be published.

    Attributes:
        reasons: One sentence per table or check that stands against it.
    """

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("the release is refused:" + "".join(f"\n  {one}" for one in self.reasons))


class DisclosureRefused(HitError):
    """A file with pupils may not go out: no agreement in force allows it."""


class QuestionClosed(HitError):
    """A question of the review waits no more: somebody answered it, or it is gone."""


class NotFound(HitError):
    """A name the user gave (release, table, source, record) is not there.

    Attributes:
        valid: The names that are.
    """

    def __init__(self, kind: str, name: str, valid: Iterable[str]) -> None:
        self.valid = tuple(sorted(valid))
        known = f"valid are {', '.join(self.valid)}" if self.valid else f"there is no {kind} yet"
        super().__init__(f"no {kind} named {name!r}; {known}.")
