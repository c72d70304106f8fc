"""Keys of SIRET numbers."""

from __future__ import annotations

import numpy as np

LA_POSTE = 356000000
"""Its establishments are numbered beyond what the key allows: their digits add up to a multiple of five."""


def valid(sirets: np.ndarray) -> np.ndarray:
    """Whether each number of 14 digits (whole numbers, shape (n,)) has a right key (Luhn)."""
    post = (sirets // 100_000 == LA_POSTE) & (_digits(sirets, 14).sum(axis=1) % 5 == 0)
    return ((_luhn(sirets, 14) == 0) | post) & (sirets > 0)


def wrong(every: np.ndarray) -> np.ndarray:
    """Those of the numbers whose key is wrong."""
    numbers = np.asarray(every, dtype=np.int64)
    return numbers[~valid(numbers)]


def with_key(siren: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """SIRET of an establishment: its firm's nine digits, its rank on four, and the key."""
    bare = (siren.astype(np.int64) * 10_000 + rank) * 10
    return np.asarray(bare + (-_luhn(bare, 14)) % 10)


def siren_with_key(bare: np.ndarray) -> np.ndarray:
    """SIREN of eight digits and its key."""
    siren = bare.astype(np.int64) * 10
    return np.asarray(siren + (-_luhn(siren, 9)) % 10)


def _digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """Shape (n, width), the highest first."""
    return np.asarray(numbers[:, None] // 10 ** np.arange(width - 1, -1, -1, dtype=np.int64) % 10)


def _luhn(numbers: np.ndarray, width: int) -> np.ndarray:
    """Luhn's sum modulo ten: every second digit from the right is doubled, less nine above nine."""
    digits = _digits(numbers, width)
    digits[:, -2::-2] *= 2
    digits -= 9 * (digits > 9)
    return np.asarray(digits.sum(axis=1) % 10)
