"""What a drawn scene may be: ranges, and shares of each kind."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from archipel.defis.twincity.refusal import DataRefused

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
        if not 1 <= self.people[0] <= self.people[1] <= 200:
            raise DataRefused(f"people : de 1 à 200 personnes attendues, reçu {self.people}")
        if not self.tones or any(one not in range(1, 11) for one in self.tones):
            raise DataRefused(f"tones : tons de Monk de 1 à 10 attendus, reçu {self.tones}")
        if not self.months or any(one not in range(1, 13) for one in self.months):
            raise DataRefused(f"months : mois de 1 à 12 attendus, reçu {self.months}")
        for name, known in _KNOWN.items():
            strange = [one for one, _ in getattr(self, name) if one not in known]
            if strange or sum(share for _, share in getattr(self, name)) <= 0:
                raise DataRefused(
                    f"{name} : parts de {', '.join(known)} attendues, reçu {getattr(self, name)}"
                )
        for name, low, high in _BOUNDS:
            value: Any = getattr(self, name)
            for one in value if isinstance(value[0], tuple) else (value,):
                if not low <= one[0] <= one[1] <= high:
                    raise DataRefused(f"{name} : de {low:g} à {high:g}, le moindre d’abord, reçu {one}")


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
    known = [one.name for one in fields(Conditions)]
    strange = sorted(set(told) - set(known))
    if strange:
        raise DataRefused(f"conditions : « {strange[0]} » inconnue ; connues : {', '.join(known)}")
    return Conditions(**{name: _frozen(value) for name, value in told.items()})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list | tuple) else value
