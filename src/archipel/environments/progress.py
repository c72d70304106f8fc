"""What uv prints while it downloads, as lines that a person reads."""

from __future__ import annotations

import re

from archipel.texts import translate as _

_STARTED = re.compile(r"^\s*Downloading (?P<name>\S+) \((?P<size>[\d.]+)(?P<unit>B|KiB|MiB|GiB)\)")
_ENDED = re.compile(r"^\s*Downloaded (?P<name>\S+)")
_MEBIBYTES = {"B": 1 / 1024**2, "KiB": 1 / 1024, "MiB": 1.0, "GiB": 1024.0}
LARGE = 20.0
"""Packages from this size on (mebibytes) are named as they arrive; the others go by in silence."""


class Downloads:
    """Sizes of what is under way and of what has arrived, in mebibytes."""

    def __init__(self) -> None:
        self._sizes: dict[str, float] = {}
        self._arrived = 0.0

    def hear(self, line: str) -> str | None:
        """What to tell of a line of uv's; None where there is nothing to tell."""
        if started := _STARTED.match(line):
            size = float(started["size"]) * _MEBIBYTES[started["unit"]]
            self._sizes[started["name"]] = size
            if size < LARGE:
                return None
            return _("  téléchargement de {name} ({size:.0f} Mo)").format(name=started["name"], size=size)
        if ended := _ENDED.match(line):
            size = self._sizes.get(ended["name"], 0.0)
            self._arrived += size
            if size < LARGE:
                return None
            return _("  {name} est là ({arrived:.0f} Mo reçus sur {known:.0f} connus)").format(
                name=ended["name"], arrived=self._arrived, known=sum(self._sizes.values())
            )
        return None
