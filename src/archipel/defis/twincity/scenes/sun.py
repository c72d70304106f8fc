"""Where the sun stands over a place, and the legal hour of France.

Position by the low-precision formulas of the Astronomical Almanac (Michalsky, « The Astronomical Almanac's
algorithm for approximate solar position (1950-2050) », Solar Energy 40, 1988): 0.01°, refraction left out.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

PARIS = (48.8566, 2.3522)
"""Latitude and longitude, degrees."""


def legal_offset(day: date) -> int:
    """Hours between French legal time and UTC on that day: 2 from the last Sunday of March to October's."""
    return 2 if _last_sunday(day.year, 3) <= day < _last_sunday(day.year, 10) else 1


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def sun_at(day: date, hour: float, place: tuple[float, float] = PARIS) -> tuple[float, float]:
    """Elevation and azimuth (from north, towards east) in degrees, at a legal hour of a day in France."""
    instant = datetime(day.year, day.month, day.day) + timedelta(hours=hour - legal_offset(day))
    days = (instant - datetime(2000, 1, 1, 12)) / timedelta(days=1)
    latitude, longitude = math.radians(place[0]), place[1]
    mean_longitude = (280.460 + 0.9856474 * days) % 360
    anomaly = math.radians((357.528 + 0.9856003 * days) % 360)
    ecliptic = math.radians(mean_longitude + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    obliquity = math.radians(23.439 - 0.0000004 * days)
    ascension = math.atan2(math.cos(obliquity) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(obliquity) * math.sin(ecliptic))
    greenwich = (18.697374558 + 24.06570982441908 * days) % 24
    angle = math.radians(greenwich * 15 + longitude) - ascension
    elevation = math.asin(
        math.sin(declination) * math.sin(latitude)
        + math.cos(declination) * math.cos(latitude) * math.cos(angle)
    )
    azimuth = math.atan2(
        -math.sin(angle),
        math.tan(declination) * math.cos(latitude) - math.sin(latitude) * math.cos(angle),
    )
    return math.degrees(elevation), math.degrees(azimuth) % 360
