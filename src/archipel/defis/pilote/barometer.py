"""The public barometer as published: JSON files at the departmental, regional or national level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from archipel.defis.pilote import territories
from archipel.defis.pilote.reading import BadRow, Gathered, Reading, iso_date, number, within_percentage
from archipel.defis.pilote.refusal import DataRefused
from archipel.defis.pilote.structure import Structure

_NUMBERS = {
    "valeur_initiale": "initial_value",
    "valeur": "latest_value",
    "cible": "target",
    "taux_publie": "target_percentage",
    "valeur_precedente": "progression_last_update",
}
_DATES = {
    "date_initiale": "initial_value_date",
    "date_valeur": "latest_value_date",
    "date_cible": "target_date",
    "date_precedente": "progression_last_update_date",
}
_KNOWN_FIELDS = {*_NUMBERS.values(), *_DATES.values()}


class Territory(NamedTuple):
    place: str
    level: str
    code: str
    raw: Mapping[str, Any]

    @property
    def shown(self) -> str:
        kind = {"dept": "département", "reg": "région", "nat": "national"}[self.level]
        return f"{self.place} ({kind}{'' if self.level == 'nat' else f' {self.code}'})"


def read_barometer(content: Any, source: str, structure: Structure) -> Reading:
    """Records of a territory file, or of a thematic series file, already parsed.

    ``source``: name of the file, for the messages. Raises `DataRefused` with the place for another
    shape, an unknown territory, two values for one key.
    """
    found = territories_of(content, source)
    gathered = Gathered(structure, source)
    for territory in found:
        if isinstance(territory.raw.get("ovq"), list):
            _read_policies(territory, gathered)
        else:
            _read_series(territory, gathered)
    if not gathered.total:
        raise DataRefused(f"« {source} » : aucun indicateur dans ce fichier")
    level = territories.LEVEL_NAMES[found[0].level]
    return gathered.reading(f"baromètre, maille {level} ({source})")


def territories_of(content: Any, source: str) -> list[Territory]:
    """The territories of the file, all of one level: objects carry ``dep``, ``reg``, or neither."""
    alone = isinstance(content, Mapping)
    objects = [content] if alone else content
    if not isinstance(objects, list) or not objects:
        raise _foreign(source, "une liste de territoires est attendue" if objects else "le fichier est vide")
    found = []
    for rank, raw in enumerate(objects):
        place = "l’objet" if alone else f"[{rank}]"
        if not isinstance(raw, Mapping):
            raise _foreign(source, f"{place} n’est pas un objet")
        if not isinstance(raw.get("ovq"), list) and not isinstance(raw.get("values"), Mapping):
            fields = ", ".join(list(map(str, raw))[:6]) or "aucun"
            raise _foreign(source, f"{place} n’a pas de liste « ovq » (champs lus : {fields})")
        found.append(_territory(raw, place, source))
    other = next((one for one in found if one.level != found[0].level), None)
    if other is not None:
        raise DataRefused(
            f"« {source} » : mailles mêlées dans un même fichier : {found[0].shown}, puis {other.shown}"
        )
    return found


def _territory(raw: Mapping[str, Any], place: str, source: str) -> Territory:
    level = "dept" if "dep" in raw else "reg" if "reg" in raw else "nat"
    code = territories.NATION if level == "nat" else raw["dep" if level == "dept" else "reg"]
    if not isinstance(code, str) or not territories.known(level, code):
        kind = {"dept": "département", "reg": "région"}[level]
        raise DataRefused(
            f"« {source} » : {place} : {kind} inconnu : {code!r}".replace(
                "région inconnu ", "région inconnue "
            )
        )
    return Territory(place, level, code, raw)


def _foreign(source: str, what: str) -> DataRefused:
    return DataRefused(f"« {source} » : ce n’est pas un fichier du baromètre : {what}")


def _read_policies(territory: Territory, gathered: Gathered) -> None:
    for place, policy, indicator, records in _indicators(territory, gathered.source):
        for position, raw in enumerate(records):
            where = f"{place}[{position}]" if len(records) > 1 else place
            if not isinstance(raw, Mapping) or not _KNOWN_FIELDS & set(raw):
                raise _foreign(
                    gathered.source, f"{where} ({indicator}) n’est pas un enregistrement de valeurs"
                )
            gathered.total += 1
            gathered.claim((territory.code, policy, indicator), where)
            try:
                gathered.rows.append(_record(territory, policy, indicator, raw, gathered.structure))
            except BadRow as problem:
                gathered.reject(gathered.total, f"{where} ({indicator})", str(problem))


def _indicators(territory: Territory, source: str) -> Iterator[tuple[str, str, str, list[Any]]]:
    for rank, policy in enumerate(territory.raw["ovq"]):
        place = f"{territory.shown}.ovq[{rank}]"
        if not isinstance(policy, Mapping) or not isinstance(policy.get("id_ovq"), str):
            raise _foreign(source, f"{place} n’a pas de champ « id_ovq »")
        indicators = policy.get("indicateurs")
        if not isinstance(indicators, list):
            raise _foreign(source, f"{place} ({policy['id_ovq']}) n’a pas de liste « indicateurs »")
        for position, group in enumerate(indicators):
            if not isinstance(group, Mapping):
                raise _foreign(source, f"{place}.indicateurs[{position}] n’est pas un objet")
            for indicator, records in group.items():
                if not isinstance(records, list):
                    raise _foreign(source, f"{place}.indicateurs[{position}].{indicator} n’est pas une liste")
                yield f"{place}.indicateurs[{position}]", policy["id_ovq"], indicator, records


def _record(
    territory: Territory, policy: str, indicator: str, raw: Mapping[str, Any], structure: Structure
) -> dict[str, Any]:
    numbers = {ours: number(raw.get(theirs), theirs) for ours, theirs in _NUMBERS.items()}
    dates = {ours: iso_date(raw.get(theirs), theirs) for ours, theirs in _DATES.items()}
    values = {theirs: numbers[ours] for ours, theirs in _NUMBERS.items() if ours != "taux_publie"}
    within_percentage(values, indicator, structure)
    origin = str(raw.get("from_level") or territory.level)
    return {
        "maille": territory.level,
        "territoire": territory.code,
        "politique": policy,
        "indicateur": indicator,
        "niveau_source": "dept" if origin == "dep" else origin,
        **numbers,
        **dates,
    }


def _read_series(territory: Territory, gathered: Gathered) -> None:
    """A thematic file: latest value, target and series; it gives no initial value, so no rate."""
    values = territory.raw["values"]
    targets = territory.raw.get("targets")
    targets = targets if isinstance(targets, Mapping) else {}
    for indicator, latest in values.items():
        where = f"{territory.shown}.values.{indicator}"
        known = gathered.structure.find(indicator)
        gathered.total += 1
        gathered.claim((territory.code, indicator), where)
        try:
            key = {
                "maille": territory.level,
                "territoire": territory.code,
                "politique": known.policy if known else "",
                "indicateur": indicator,
            }
            target = targets.get(indicator)
            raw = {
                "latest_value": latest.get("value"),
                "latest_value_date": latest.get("value_date"),
                **(target if isinstance(target, Mapping) else {}),
            }
            record = _record(territory, key["politique"], indicator, raw, gathered.structure)
            read = [
                {**key, "date": iso_date(point["date"], "date"), "valeur": number(point["value"], "value")}
                for point in territory.raw.get(indicator) or ()
            ]
            gathered.rows.append(record)
            gathered.points += [point for point in read if None not in point.values()]
        except BadRow as problem:
            gathered.reject(gathered.total, where, str(problem))
        except (AttributeError, KeyError, TypeError):
            raise _foreign(gathered.source, f"{where} n’a pas la forme d’une série") from None
