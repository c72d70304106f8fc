"""Darknet's files: what a network is, and weights that are another's."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from archipel.defis.twincity.darknet import weights
from archipel.defis.twincity.darknet.network import read_network
from archipel.defis.twincity.refusal import DataRefused
from support.source import ROOT

SHIPPED = ROOT / "notebooks" / "twincity" / "donnees" / "modele" / "yolo-fastest-1.1_body.cfg"
SMALL = """\
[net]
width=64
height=64
channels=3

[convolutional]
batch_normalize=1
filters=4
size=3
pad=1

[convolutional]
filters=6
size=1

[yolo]
classes=1
mask=0
anchors=4,8
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "reseau.cfg"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_network_and_its_weights_fit() -> None:
    network = read_network(SHIPPED)
    numbers = weights.read_weights(weights.beside(SHIPPED), network)
    assert len(numbers) == network.weights == (SHIPPED.with_suffix(".weights").stat().st_size - 20) // 4
    assert (network.width, network.height, network.classes) == (320, 320, 1)
    assert [head.numbers("mask") for head in network.heads] == [(3, 4, 5), (0, 1, 2)]


def test_a_small_network_counted_by_hand(tmp_path: Path) -> None:
    network = read_network(written(tmp_path, SMALL))
    assert network.weights == (4 * 4 + 4 * 3 * 9) + (6 + 6 * 4)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("[net]", "[reseau]", "qui commence par \\[net\\]"),
        ("[yolo]", "[region]", "couche \\[region\\] inconnue, n° 2"),
        ("[yolo]", "[dropout]", "aucune couche \\[yolo\\]"),
        ("channels=3", "channels=1", "image en couleurs"),
        ("filters=4", "filters=quatre", "description Darknet fausse .*quatre"),
        ("filters=4", "filters=4\ngroups=2", "3 canaux, 4 filtres en 2 groupes"),
        ("[yolo]", "[route]\nlayers=5\n[yolo]", "qui n’est pas avant elle"),
        ("width=64", "largeur", "ligne 2 : « \\[section\\] » ou « nom=valeur » attendu"),
    ],
)
def test_a_false_description_is_told(before: str, after: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match=reason):
        read_network(written(tmp_path, SMALL.replace(before, after, 1)))


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    shutil.copy(weights.beside(SHIPPED), weights.beside(path))
    with pytest.raises(DataRefused, match="demande 154 : ces deux fichiers ne vont pas ensemble"):
        weights.read_weights(weights.beside(path), read_network(path))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"abc", "3 octets, fichier de poids Darknet attendu"),
        (struct.pack("<iiiq", 0, 2, 5, 1) + np.full(154, np.nan, dtype="<f4").tobytes(), "poids infinis"),
        (struct.pack("<iiii", 0, 1, 0, 1) + np.zeros(153, dtype="<f4").tobytes(), "153 poids"),
    ],
)
def test_weights_that_are_none(data: bytes, reason: str, tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    weights.beside(path).write_bytes(data)
    with pytest.raises(DataRefused, match=reason):
        weights.read_weights(weights.beside(path), read_network(path))


def test_absent_weights_are_said_to_lie_beside(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL)
    with pytest.raises(DataRefused, match=r"« reseau\.weights » : poids introuvables .* à côté"):
        weights.read_weights(weights.beside(path), read_network(path))
