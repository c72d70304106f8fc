"""Five-field cron expressions: what is wrong with one, told without importing a scheduler."""

from __future__ import annotations

import re

from archipel.texts import N_
from archipel.texts import translate as _

FIELDS = (
    (N_("minute"), 0, 59),
    (N_("heure"), 0, 23),
    (N_("jour du mois"), 1, 31),
    (N_("mois"), 1, 12),
    (N_("jour de la semaine"), 0, 7),
)
_NAMES = {
    "mois": ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "jour de la semaine": ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
}
_ITEM = re.compile(r"(?:\*|([a-z]+|[0-9]+)(?:-([a-z]+|[0-9]+))?)(?:/([0-9]+))?")


def problem(expression: str) -> str:
    """A sentence about the first fault; "" for a good expression."""
    fields = expression.lower().split()
    if len(fields) != 5:
        return _("cinq champs attendus, {count} reçus", count=len(fields))
    for text, (field, low, high) in zip(fields, FIELDS, strict=True):
        name = _(field)
        for item in text.split(","):
            match = _ITEM.fullmatch(item)
            if not match:
                return _("{name} : « {item} » illisible", name=name, item=item)
            start, end, step = match.groups()
            numbers = [_number(part, field) for part in (start, end) if part]
            if any(number is None or not low <= number <= high for number in numbers):
                return _(
                    "{name} : « {item} » hors de {low} à {high}", name=name, item=item, low=low, high=high
                )
            if len(numbers) == 2 and numbers[0] > numbers[1]:  # type: ignore[operator]  # None was refused above
                return _("{name} : « {item} » va à rebours", name=name, item=item)
            if step is not None and int(step) == 0:
                return _("{name} : pas nul dans « {item} »", name=name, item=item)
    return ""


def _number(text: str, field: str) -> int | None:
    if text.isdigit():
        return int(text)
    names = _NAMES.get(field, ())
    return names.index(text) if text in names else None
