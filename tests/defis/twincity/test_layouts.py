"""What each known layout of outputs means, on outputs written by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from archipel.defis.twincity.detectors.layouts import recognised

SIZE = (320, 160)
BOX = [0.25, 0.5, 0.1, 0.4]
"""x, y, width, height of one person, as shares of the input."""


def centre(width: float, height: float) -> list[float]:
    x, y, w, h = BOX
    return [(x + w / 2) * width, (y + h / 2) * height, w * width, h * height]


def corners(width: float, height: float) -> list[float]:
    x, y, w, h = BOX
    return [x * width, y * height, (x + w) * width, (y + h) * height]


def grid() -> Any:
    made = np.zeros((1, 7, 10, 20))
    column, row = 6, 7
    place = np.arctanh(0.3 * 20 - column), np.arctanh(0.7 * 10 - row)
    size = np.log(0.1 / 0.9), np.log(0.4 / 0.6)
    made[0, :, row, column] = [0.9, *place, *size, 0.2, 0.8]
    return made


def rows() -> Any:
    made = np.zeros((1, 1500, 7))
    made[0, 40] = [*centre(*SIZE), 0.9, 0.2, 0.8]
    return made


def columns() -> Any:
    made = np.zeros((1, 6, 1050))
    made[0, :, 40] = [*centre(*SIZE), 0.1, 0.7]
    return made


OUTPUTS = {
    "boites": [
        ("boxes", np.array([corners(*SIZE), [0, 0, 9, 9]])),
        ("labels", np.array([1, 0])),
        ("scores", np.array([0.7, 0.0])),
    ],
    "fini": [("output0", np.array([[[*corners(*SIZE), 0.7, 1], [0, 0, 9, 9, 0.0, 0]]]))],
    "grille": [("784", grid())],
    "lignes": [("output", rows())],
    "colonnes": [("output0", columns())],
}
SCORES = {"grille": 0.9**0.6 * 0.8**0.4, "lignes": 0.9 * 0.8}


@pytest.mark.parametrize("name", OUTPUTS)
def test_one_person_is_found_where_it_was_put(name: str) -> None:
    layout = recognised(OUTPUTS[name])
    assert layout is not None
    assert layout.name == name
    found = layout.decode(OUTPUTS[name], SIZE, 0.5)
    assert found.box == pytest.approx(np.array([BOX]))
    assert found.score == pytest.approx([SCORES.get(name, 0.7)])
    assert found.category.tolist() == [1]
    assert layout.classes(OUTPUTS[name]) in (0, 2)


@pytest.mark.parametrize(
    "outputs",
    [
        [("logits", np.zeros((1, 1000)))],
        [("a", np.zeros((1, 3, 40, 40))), ("b", np.zeros((1, 3, 20, 20)))],
        [("output", np.zeros((2, 1500, 7)))],
        [("output", np.zeros((1, 0, 7)))],
        [("output", np.zeros((1, 5, 22, 22)))],
        [],
    ],
)
def test_other_outputs_are_not_guessed(outputs: Any) -> None:
    assert recognised(outputs) is None


def test_a_box_of_two_classes_is_two_rows() -> None:
    made = columns()
    made[0, 4:, 40] = [0.6, 0.7]
    found = recognised([("o", made)]).decode([("o", made)], SIZE, 0.5)  # type: ignore[union-attr]  # known above
    assert sorted(found.category.tolist()) == [0, 1]
