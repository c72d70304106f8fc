"""What a drawn scene may be: ranges, and shares of each kind."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from archipel.defis.twincity.refusal import DataRefused
from archipel.defis.twincity.sets.reading import shown

Range = tuple[float, float]
Shares = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Conditions:
    """Ranges are (least, most), both possible. ``hours``: legal; one beyond 24 goes on after midnight.

    ``distance``: metres from the camera at which people are placed. ``tones``: of Monk's scale, each as
    often as the others whatever the rest of the person, so that no attribute stands for another.
    """

    people: Range = (1, 30)
    hours: tuple[Range, ...] = ((7.0, 20.5), (7.0, 20.5), (21.1, 29.9))
    months: tuple[int, ...] = tuple(range(1, 13))
    weathers: Shares = (("clair", 0.6), ("pluie", 0.17), ("neige", 0.09), ("brouillard", 0.14))
    streets: Shares = (("rue", 0.4), ("boulevard", 0.35), ("place", 0.25))
    poses: Shares = (("marche", 0.62), ("debout", 0.24), ("assis", 0.08), ("couché", 0.06))
    pitches: tuple[Range, ...] = ((-9.0, 2.0), (-39.0, -11.0), (-75.0, -41.0))
    focal: Range = (22.0, 50.0)
    distance: Range = (3.0, 45.0)
    ages: Range = (6.0, 85.0)
    tones: tuple[int, ...] = tuple(range(1, 11))
    noise: Range = (0.5, 6.0)
    blur: Range = (0.0, 2.5)
    jpeg: Range = (60, 96)

    def __post_init__(self) -> None:
        """Raises `DataRefused` for what cannot be drawn."""
        if not _is_range(self.people, whole=True) or not 1 <= self.people[0] <= self.people[1] <= 200:
            raise DataRefused(
                f"people : [moindre, plus grand], de 1 à 200 personnes, attendu, reçu {shown(self.people)}"
            )
        for name, what, most in (("tones", "tons de Monk", 10), ("months", "mois", 12)):
            given = getattr(self, name)
            if not _is_list(given) or not all(
                _is_number(one, whole=True) and 1 <= one <= most for one in given
            ):
                raise DataRefused(f"{name} : {what} de 1 à {most} attendus, reçu {shown(given)}")
        for name, known in _KNOWN.items():
            if not _are_shares(getattr(self, name), known):
                raise DataRefused(
                    f"{name} : liste de [nom, part] attendue, parts de {', '.join(known)}, "
                    f"reçu {shown(getattr(self, name))}"
                )
        for name, low, high in _BOUNDS:
            value: Any = getattr(self, name)
            several = name in _SEVERAL
            ranges = value if several else (value,)
            if (several and not _is_list(value)) or not all(map(_is_range, ranges)):
                form = "liste de [moindre, plus grand]" if several else "[moindre, plus grand]"
                raise DataRefused(f"{name} : {form} attendu, reçu {shown(value)}")
            for one in ranges:
                if not low <= one[0] <= one[1] <= high:
                    raise DataRefused(
                        f"{name} : de {low:g} à {high:g}, le moindre d’abord, reçu {shown(one)}"
                    )


def _is_number(value: Any, *, whole: bool = False) -> bool:
    kind = int if whole else int | float
    return isinstance(value, kind) and not isinstance(value, bool) and -LARGEST < value < LARGEST


def _is_list(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) > 0


def _is_range(value: Any, *, whole: bool = False) -> bool:
    return isinstance(value, tuple) and len(value) == 2 and all(_is_number(one, whole=whole) for one in value)


def _are_shares(value: Any, known: tuple[str, ...]) -> bool:
    """Whether they are names with shares that are none below 0, and not all 0."""
    return (
        _is_list(value)
        and all(isinstance(one, tuple) and len(one) == 2 for one in value)
        and all(name in known and _is_number(share) and share >= 0 for name, share in value)
        and sum(share for _name, share in value) > 0
    )


LARGEST = 1e6
"""Beyond any bound here; neither infinite nor undefined numbers are below it."""
_SEVERAL = ("hours", "pitches")
_KNOWN = {
    "weathers": ("clair", "pluie", "neige", "brouillard"),
    "streets": ("rue", "boulevard", "place"),
    "poses": ("marche", "debout", "assis", "couché"),
}
_BOUNDS = (
    ("hours", 0, 30), ("pitches", -89, 20), ("focal", 8, 400), ("distance", 1, 120), ("ages", 5, 95),
    ("noise", 0, 60), ("blur", 0, 30), ("jpeg", 5, 100),
)  # fmt: skip


def from_mapping(told: dict[str, Any]) -> Conditions:
    """From JSON's types. Raises `DataRefused` for a name that is not a condition's."""
    if not isinstance(told, dict):
        raise DataRefused(f"conditions : groupe JSON attendu, reçu {shown(told)}")
    known = [one.name for one in fields(Conditions)]
    strange = sorted(set(told) - set(known))
    if strange:
        raise DataRefused(f"conditions : « {strange[0]} » inconnue ; connues : {', '.join(known)}")
    return Conditions(**{name: _frozen(value) for name, value in told.items()})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list | tuple) else value
