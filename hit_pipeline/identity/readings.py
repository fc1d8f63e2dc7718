"""What is known of the people of a role, read for comparison: each claim and statement once."""

from dataclasses import dataclass, field
from functools import reduce

import ibis.expr.types as ir

from hit_pipeline.engine import Engine
from hit_pipeline.identity.candidates import (
    Known,
    keys_of_names,
    placeholders,
    widths_of,
)
from hit_pipeline.identity.normalize import with_reading
from hit_pipeline.identity.subjects import told_of


@dataclass
class Readings:
    """Claims and statements with their readings; what is added is read when it is asked for.

    Attributes:
        engine: Keeps what was read.
    """

    engine: Engine
    _claims: list[ir.Table] = field(default_factory=list)
    _statements: list[ir.Table] = field(default_factory=list)
    _kept: dict[str, ir.Table] = field(default_factory=dict)
    _known: Known | None = None

    def claim(self, claims: ir.Table) -> None:
        """Add claims: columns of `registry.tables.CLAIM` and ``live``."""
        self._claims.append(claims)
        self._known = None

    def forget(self, claims: ir.Table) -> None:
        """Leave out claims: ``system, issuer, value, person_key``."""
        kept = self.known.claims.anti_join(claims, ["system", "issuer", "value", "person_key"])
        self._kept["claims"] = self.engine.keep(kept)
        self._known = None

    def state(self, statements: ir.Table) -> None:
        """Add statements: columns of `registry.tables.STATEMENT`."""
        self._statements.append(statements)
        self._known = None

    @property
    def known(self) -> Known:
        """What may be compared with; claims and statements, be they none, were added before."""
        if self._known is None:
            self._read_claims()
            self._read_statements()
            self._known = self._together()
        return self._known

    def _read_claims(self) -> None:
        """Read new claims, and see which identifiers became placeholders with them."""
        if not self._claims:
            return
        read = with_reading(reduce(ir.Table.union, self._claims))
        new = self.engine.keep(read.filter(read.core.notnull()))
        claims = self._add("claims", new)
        shared = claims.semi_join(new, ["system", "core"]) if claims is not new else new
        self._add("crowds", self.engine.keep(placeholders(shared)))
        self._claims = []

    def _read_statements(self) -> None:
        if not self._statements:
            return
        said = reduce(ir.Table.union, self._statements)
        said = said.mutate(birth_date=said.birth_date.cast("date"))
        new = self.engine.keep(told_of(self.engine, said))
        self._add("told", new)
        self._add("names", self.engine.keep(keys_of_names(new)))
        self._statements = []

    def _add(self, name: str, new: ir.Table) -> ir.Table:
        """Add rows to what is kept under a name, and return all of it."""
        if name in self._kept:
            new = self.engine.keep(self._kept[name].union(new))
        self._kept[name] = new
        return new

    def _together(self) -> Known:
        claims, crowds = self._kept["claims"], self._kept["crowds"]
        if self.engine.scalar(crowds.count()):
            claims = claims.anti_join(crowds, ["system", "core"])
        widths = self.engine.keep(widths_of(claims))
        return Known(claims, self._kept["told"], self._kept["names"], widths)
