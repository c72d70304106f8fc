"""The structure of the barometer: policies, their indicators, and what is known of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from archipel.defis.pilote.refusal import DataRefused

RISING, FALLING = "hausse", "baisse"
_DIRECTIONS = {"increasing": RISING, "decreasing": FALLING}
_LEVEL_KEYS = {"dept": "Dep", "reg": "Reg", "nat": "Nat"}


@dataclass(frozen=True)
class Indicator:
    """``direction``: "hausse" or "baisse". ``targets``: levels where a target is expected.

    ``aggregation``: level → how its values are made from those below ("sum"); absent: not aggregated.
    """

    id: str
    name: str
    policy: str
    unit: str
    direction: str
    targets: frozenset[str]
    aggregation: Mapping[str, str]

    @property
    def percentage(self) -> bool:
        """Whether its values are percentages, 0 to 100."""
        return self.unit.startswith("%")


@dataclass(frozen=True)
class Structure:
    """``policies``: id → French name. ``indicators``: (policy, indicator) → what is known of it."""

    policies: Mapping[str, str]
    indicators: Mapping[tuple[str, str], Indicator]
    active: frozenset[str]

    def of_policy(self, policy: str) -> tuple[Indicator, ...]:
        return tuple(one for key, one in self.indicators.items() if key[0] == policy)

    def find(self, indicator: str) -> Indicator | None:
        """The indicator of that id, in an active policy first; None where the structure has none."""
        found = [one for key, one in self.indicators.items() if key[1] == indicator]
        return next((one for one in found if one.policy in self.active), found[0] if found else None)

    def is_percentage(self, indicator: str) -> bool:
        found = self.find(indicator)
        return found is not None and found.percentage

    def name(self, policy: str, indicator: str) -> str:
        """French name of the indicator, or its id where the structure has none."""
        one = self.indicators.get((policy, indicator)) or self.find(indicator)
        return one.name if one else indicator

    def unit(self, policy: str, indicator: str) -> str:
        one = self.indicators.get((policy, indicator)) or self.find(indicator)
        return one.unit.rstrip("* ") if one else ""


def read_structure(path: Path) -> Structure:
    """The structure from ``structure.json`` (or the published ``structure-cible.json``).

    Raises `DataRefused` when the file has another form.
    """
    try:
        policies = json.loads(path.read_text(encoding="utf-8"))
        indicators = {
            (policy["id_ovq"], raw["id_indicateur_fr"]): _indicator(policy["id_ovq"], raw)
            for policy in policies
            for raw in policy["indicateurs"]
        }
        names = {policy["id_ovq"]: policy["nom_ovq"].strip() for policy in policies}
        active = frozenset(policy["id_ovq"] for policy in policies if policy.get("active", True))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataRefused(f"« {path.name} » : structure du baromètre illisible ({error!r})") from None
    return Structure(names, indicators, active)


def _indicator(policy: str, raw: Mapping[str, object]) -> Indicator:
    aggregation = {level: "sum" for level in ("reg", "nat") if raw.get(f"toAggregate{_LEVEL_KEYS[level]}")}
    targets = frozenset(level for level, key in _LEVEL_KEYS.items() if raw.get(f"is{key}Target"))
    return Indicator(
        str(raw["id_indicateur_fr"]),
        str(raw["nom_indicateur"]).strip(),
        policy,
        str(raw.get("odm_kpi_unit") or "").strip(),
        _DIRECTIONS[str(raw["trendType"])],
        targets,
        aggregation,
    )


def checked_directions(given: Mapping[str, str], known: set[str]) -> dict[str, str]:
    """The parameter ``orientation``: indicator → "hausse" or "baisse". Raises `DataRefused`."""
    for name, word in given.items():
        _known_indicator("orientation", name, known)
        if word not in (RISING, FALLING):
            raise DataRefused(
                f"orientation : « {name} » vaut {word!r} (acceptés : « {RISING} », « {FALLING} »)"
            )
    return dict(given)


def checked_weights(given: Mapping[str, float], known: set[str]) -> dict[str, float]:
    """The parameter ``ponderation``: indicator → weight, 0 to 100, of a sum above 0.

    Raises `DataRefused`.
    """
    for name, weight in given.items():
        _known_indicator("ponderation", name, known)
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 100:
            raise DataRefused(f"ponderation : « {name} » vaut {weight!r} (accepté : nombre de 0 à 100)")
    if given and not sum(given.values()) > 0:
        raise DataRefused("ponderation : la somme des poids est 0 (accepté : une somme supérieure à 0)")
    return {name: float(weight) for name, weight in given.items()}


def _known_indicator(parameter: str, name: str, known: set[str]) -> None:
    if name not in known:
        near = get_close_matches(name, sorted(known), n=1, cutoff=0.5)
        hint = f" ; le plus proche est « {near[0]} »" if near else ""
        raise DataRefused(f"{parameter} : indicateur inconnu « {name} »{hint}")
