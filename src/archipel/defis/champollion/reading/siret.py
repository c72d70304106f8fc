"""Keys of SIRET numbers."""

from __future__ import annotations

import numpy as np

LA_POSTE = 356000000
"""Its establishments are numbered beyond what the key allows: their digits add up to a multiple of five."""


def valid(sirets: np.ndarray) -> np.ndarray:
    """Whether each number of 14 digits (whole numbers, shape (n,)) has a right key (Luhn)."""
    digits = sirets[:, None] // 10 ** np.arange(13, -1, -1, dtype=np.int64) % 10
    doubled = digits.copy()
    doubled[:, ::2] *= 2
    doubled -= 9 * (doubled > 9)
    luhn = doubled.sum(axis=1) % 10 == 0
    post = (sirets // 100_000 == LA_POSTE) & (digits.sum(axis=1) % 5 == 0)
    return (luhn | post) & (sirets > 0)


def with_key(siren: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """SIRET of an establishment: its firm's nine digits, its rank on four, and the key."""
    bare = (siren.astype(np.int64) * 10_000 + rank) * 10
    digits = bare[:, None] // 10 ** np.arange(13, -1, -1, dtype=np.int64) % 10
    doubled = digits.copy()
    doubled[:, ::2] *= 2
    doubled -= 9 * (doubled > 9)
    return bare + (-doubled.sum(axis=1)) % 10


def siren_with_key(bare: np.ndarray) -> np.ndarray:
    """SIREN of eight digits and its key."""
    digits = bare[:, None] // 10 ** np.arange(7, -1, -1, dtype=np.int64) % 10
    doubled = digits.copy()
    doubled[:, 1::2] *= 2
    doubled -= 9 * (doubled > 9)
    return bare.astype(np.int64) * 10 + (-doubled.sum(axis=1)) % 10
