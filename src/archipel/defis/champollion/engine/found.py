"""What every rule says of a contract that breaks it, in the same columns."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

COLUMNS = {
    "rang": "int64", "regle": "string", "jour": "int32", "attendu": "int32", "observe": "int32",
    "autre": "boolean", "inferee": "boolean", "jusqu_au": "int32", "depuis": "int32", "prec_jours": "int32",
    "prec_classe": "int32", "prec_mission": "boolean", "prec_inferee": "boolean", "accord": "string",
}  # fmt: skip
"""``autre``: whether it is an alert under the other rounding too. ``jusqu_au``, ``depuis``: the days that a
length in months goes to, or from. ``prec_…``: what the contract before is known by. ``accord``: the branch
agreement that set what was expected, empty where the law did."""


def found(table: ir.Table, rule: str, **told: Any) -> ir.Table:
    """One row for each of ``table``; what is not told is null (the day: the contract's first)."""
    if "inferred" not in told:
        told["inferred"] = table.inferee
    values = {
        "regle": ibis.literal(rule),
        "jour": told.get("day", table.debut),
        "attendu": told.get("expected"),
        "observe": told.get("observed"),
        "autre": told.get("other", True),
        "inferee": told.get("inferred"),
        "jusqu_au": told.get("observed_until"),
        "depuis": told.get("since"),
        "prec_jours": told.get("before_days"),
        "prec_classe": told.get("before_class"),
        "prec_mission": told.get("before_mission"),
        "prec_inferee": told.get("before_inferred"),
        "accord": told.get("agreement", ""),
    }
    return table.select("rang", **{name: _typed(value, COLUMNS[name]) for name, value in values.items()})


def _typed(value: Any, kind: str) -> Any:
    return value.cast(kind) if isinstance(value, ibis.Expr) else ibis.literal(value, kind)
