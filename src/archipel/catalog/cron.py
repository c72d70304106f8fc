"""Five-field cron expressions: what is wrong with one, told without importing a scheduler."""

from __future__ import annotations

import re

FIELDS = (
    ("minute", 0, 59),
    ("heure", 0, 23),
    ("jour du mois", 1, 31),
    ("mois", 1, 12),
    ("jour de la semaine", 0, 7),
)
_NAMES = {
    "mois": ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "jour de la semaine": ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
}
_ITEM = re.compile(r"(?:\*|([a-z]+|[0-9]+)(?:-([a-z]+|[0-9]+))?)(?:/([0-9]+))?")


def problem(expression: str) -> str:
    """A French sentence about the first fault; "" for a good expression."""
    fields = expression.lower().split()
    if len(fields) != 5:
        return f"cinq champs attendus, {len(fields)} reçus"
    for text, (name, low, high) in zip(fields, FIELDS, strict=True):
        for item in text.split(","):
            match = _ITEM.fullmatch(item)
            if not match:
                return f"{name} : « {item} » illisible"
            start, end, step = match.groups()
            numbers = [_number(part, name) for part in (start, end) if part]
            if any(number is None or not low <= number <= high for number in numbers):
                return f"{name} : « {item} » hors de {low} à {high}"
            if len(numbers) == 2 and numbers[0] > numbers[1]:  # type: ignore[operator]  # None was refused above
                return f"{name} : « {item} » va à rebours"
            if step is not None and int(step) == 0:
                return f"{name} : pas nul dans « {item} »"
    return ""


def _number(text: str, field: str) -> int | None:
    if text.isdigit():
        return int(text)
    names = _NAMES.get(field, ())
    return names.index(text) if text in names else None
