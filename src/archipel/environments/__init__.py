"""Images on one machine: a virtual environment each, made from the same locks as the container images."""

from archipel.environments.build import Environment, ensure, find, lock_of, locked, made, remove
from archipel.environments.checks import UnitResult, check, units

__all__ = [
    "Environment",
    "UnitResult",
    "check",
    "ensure",
    "find",
    "lock_of",
    "locked",
    "made",
    "remove",
    "units",
]
