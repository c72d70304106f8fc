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
    **{
        name: n
        for n, name in enumerate(
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
        )
    },
    **{name: n for n, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])},
}
_ITEM = re.compile(r"(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:/([0-9]+))?")


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
            numbers = [_number(part) for part in (start, end) if part and part != "*"]
            if any(number is None or not low <= number <= high for number in numbers):
                return f"{name} : « {item} » hors de {low} à {high}"
            if len(numbers) == 2 and numbers[0] > numbers[1]:  # type: ignore[operator]  # None was refused above
                return f"{name} : « {item} » va à rebours"
            if step is not None and int(step) == 0:
                return f"{name} : pas nul dans « {item} »"
    return ""


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else _NAMES.get(text)
