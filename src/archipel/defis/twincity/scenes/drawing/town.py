"""A street at random: its width, its houses, its trees, lamps, furniture and vehicles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from archipel.defis.twincity.scenes.description import Building, Colour, Item, Street
from archipel.defis.twincity.scenes.drawing.wardrobe import Draw, one_of

START, END = -18.0, 112.0
STONES: tuple[Colour, ...] = (
    (0.87, 0.82, 0.71),
    (0.83, 0.77, 0.66),
    (0.80, 0.76, 0.69),
    (0.90, 0.87, 0.79),
    (0.76, 0.71, 0.62),
)
SHOPS: tuple[Colour, ...] = (
    (0.11, 0.18, 0.15), (0.32, 0.08, 0.09), (0.09, 0.13, 0.24), (0.07, 0.07, 0.08), (0.38, 0.25, 0.13),
    (0.62, 0.60, 0.56), (0.16, 0.32, 0.34), (0.55, 0.36, 0.10),
)  # fmt: skip
CHAIRS: tuple[Colour, ...] = ((0.62, 0.14, 0.12), (0.16, 0.3, 0.22), (0.75, 0.68, 0.5))
PAINTS: tuple[Colour, ...] = (
    (0.06, 0.06, 0.07), (0.85, 0.85, 0.85), (0.55, 0.56, 0.58), (0.28, 0.29, 0.31), (0.45, 0.07, 0.08),
    (0.10, 0.17, 0.35), (0.70, 0.68, 0.62), (0.15, 0.28, 0.24),
)  # fmt: skip


def street_at(draw: Draw, kind: str) -> Street:
    if kind == "place":
        road, pavement = 0.0, float(draw.uniform(13, 20))
    elif kind == "boulevard":
        road, pavement = float(draw.uniform(9.5, 13)), float(draw.uniform(4.8, 7.0))
    else:
        road, pavement = float(draw.uniform(4.8, 8.0)), float(draw.uniform(2.4, 3.8))
    crossing = float(draw.uniform(4, 15))
    paving = one_of(
        draw,
        {"place": ("pavés", "dalles", "pavés"), "boulevard": ("bitume", "dalles")}.get(
            kind, ("bitume", "bitume", "dalles")
        ),
    )
    edge = road / 2 + pavement
    items = [
        *_lamps(draw, kind, road, edge),
        *_trees(draw, kind, road, edge),
        *_vehicles(draw, kind, road, crossing),
    ]
    items += _furniture(draw, kind, road, edge, crossing)
    return Street(
        kind,
        road,
        pavement,
        float(draw.uniform(0, 360)),
        crossing,
        paving,
        _buildings(draw, edge),
        tuple(items),
    )


def _buildings(draw: Draw, edge: float) -> tuple[Building, ...]:
    found = []
    for side in (-1, 1):
        at = START + float(draw.uniform(0, 6))
        gap = float(draw.uniform(30, 80))
        while at < END:
            house = HOUSES[int(draw.integers(len(HOUSES)))]
            length = house.end
            found.append(replace(house, side=side, start=at, end=at + length, front=edge))
            at += length
            if at - length < gap < at:
                at += float(draw.uniform(8, 12))
    at = -edge - 12
    while at < edge + 12:
        house = HOUSES[int(draw.integers(len(HOUSES)))]
        found.append(replace(house, side=0, start=at, end=at + house.end, front=END + 14))
        at += house.end
    return tuple(found)


def _house(number: int) -> Building:
    draw = np.random.default_rng((number, 1853))
    stone = one_of(draw, STONES)
    shops = tuple(one_of(draw, SHOPS) for _ in range(4)) if draw.random() < 0.8 else ()
    length = LENGTHS[number % len(LENGTHS)]
    return Building(
        1, 0.0, length, 0.0, int(draw.choice((5, 6, 6, 6, 7))), float(draw.random()), stone, shops
    )


LENGTHS = (11.0, 13.0, 15.0, 17.5, 20.0)
HOUSES = tuple(_house(number) for number in range(60))
"""The town's houses; streets differ by which, in what order. Meshes are kept: they take most of the time."""


def _lamps(draw: Draw, kind: str, road: float, edge: float) -> list[Item]:
    share = float(draw.choice((0.0, 0.3, 1.0)))
    at = np.arange(START + draw.uniform(0, 8), 90, 15.0 if kind == "rue" else 19.0)
    if kind == "rue":
        return [
            Item("console", side * edge, float(z), -90.0 * side, variant=share)
            for side in (-1, 1)
            for z in at[(0 if side < 0 else 1) :: 2]
        ]
    if kind == "place":
        return [
            Item("candélabre", x, float(z), variant=share)
            for x in (-8.5, 0.6, 9.0)
            for z in at + draw.uniform(-2, 2)
        ]
    kind = "mât" if draw.random() < 0.4 else "candélabre"
    return [
        Item(kind, side * (road / 2 + 0.6), float(z) + 4 * side, -90.0 * side, variant=share)
        for side in (-1, 1) for z in at
    ]  # fmt: skip


def _trees(draw: Draw, kind: str, road: float, edge: float) -> list[Item]:
    if kind == "rue":
        return []
    if kind == "boulevard":
        at = np.arange(START + draw.uniform(0, 6), 95, 8.5)
        places = [(side * (road / 2 + 1.5), float(z)) for side in (-1, 1) for z in at]
    else:
        places = [
            (side * (edge - 5 - 4 * row), float(z))
            for side in (-1, 1)
            for row in (0, 1)
            for z in np.arange(2, 80, 9.0)
            if draw.random() < 0.55
        ]
    return [
        Item(
            "arbre",
            x,
            z,
            float(draw.uniform(0, 360)),
            float(draw.uniform(7, 11)),
            variant=int(draw.integers(10)) / 10,
        )
        for x, z in places
    ]


def _vehicles(draw: Draw, kind: str, road: float, crossing: float) -> list[Item]:
    if kind == "place":
        return []
    found = []
    at = START
    while at < 95 and road > 5.5:  # parked along the right kerb
        kind_ = str(draw.choice(("voiture", "voiture", "voiture", "camionnette", "deux-roues")))
        at += {"voiture": 5.3, "camionnette": 6.6}.get(kind_, 2.2)
        if abs(at - crossing) > 6 and draw.random() < 0.75:
            found.append(
                Item(
                    kind_,
                    road / 2 - 1.15,
                    at,
                    float(draw.normal(0, 1.5)) + 180 * int(draw.random() < 0.1),
                    1.0,
                    one_of(draw, PAINTS),
                    0.75,
                )
            )
    at = crossing + float(draw.uniform(6, 16))
    while at < 95:  # driving, lights on
        lane = 1 if draw.random() < 0.5 and road > 5.5 else -1
        x = -0.25 * road if lane < 0 else 0.25 * road - (1.0 if road > 5.5 else 0)
        found.append(
            Item(
                str(draw.choice(("voiture", "voiture", "camionnette"))),
                x,
                at,
                180.0 if lane < 0 else 0.0,
                1.0,
                one_of(draw, PAINTS),
                0.1,
            )
        )
        at += float(draw.uniform(9, 40))
    return found


def _furniture(draw: Draw, kind: str, road: float, edge: float, crossing: float) -> list[Item]:
    found: list[Item] = []
    for side in (-1, 1):
        kerb = side * (road / 2 + 0.45)
        if kind == "rue" and draw.random() < 0.7:
            found += [
                Item("potelet", kerb, float(z))
                for z in np.arange(START + 14, 42, 1.7)
                if abs(z - crossing) > 2
            ]
        if kind != "place":
            found += [
                Item("feu", kerb, crossing - 2.6 * side, 90.0 - 90 * side, variant=float(draw.random()))
            ]
            found += [
                Item(
                    "panneau",
                    kerb,
                    float(draw.uniform(18, 40)),
                    180.0,
                    colour=one_of(draw, ((0.75, 0.08, 0.1), (0.1, 0.22, 0.55))),
                )
            ]
        found += _terrace(draw, side, edge) if draw.random() < 0.5 else []
        for name, chance, inwards in (
            ("corbeille", 0.7, 0.8),
            ("banc", 0.5, 1.1),
            ("colonne", 0.25, 1.7),
            ("kiosque", 0.2, 2.0),
            ("jardinière", 0.5, 0.0),
        ):
            if draw.random() > chance or (kind == "rue" and name in ("colonne", "kiosque", "banc")):
                continue
            x = side * (edge - 0.7) if name == "jardinière" else side * (road / 2 + inwards)
            if kind == "place":
                x = float(draw.uniform(3, edge - 3)) * side
            z = float(draw.uniform(3, 45))
            found.append(Item(name, x, z, -90.0 * side, 1.0, one_of(draw, SHOPS), int(draw.integers(6)) / 6))
    if draw.random() < 0.12:
        z = float(draw.uniform(6, 30))
        found += [
            Item("barrière", float(draw.choice((-1, 1))) * (road / 2 + 1.0), z + 2.5 * k, 90.0)
            for k in range(3)
        ]
    return found


def _terrace(draw: Draw, side: int, edge: float) -> list[Item]:
    """Tables along a café's front, two chairs each, some parasols."""
    start, hue = float(draw.uniform(4, 30)), one_of(draw, CHAIRS)
    found: list[Item] = []
    for k in range(int(draw.integers(3, 7))):
        x, z = side * (edge - 1.0), start + 1.5 * k
        found.append(Item("table", x, z))
        found += [Item("chaise", x, z + step, 90 + 90 * step / 0.62, 1.0, hue) for step in (-0.62, 0.62)]
        if k % 2 == 0 and draw.random() < 0.4:
            found.append(Item("parasol", x, z + 0.75, 0.0, 1.0, hue))
    return found
