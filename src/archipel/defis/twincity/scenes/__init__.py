"""Synthetic Paris streets with people, and their truth: « données synthétiques », every one of them.

Downward: `generation` → `truth`, `sensor` → `gl` | `path` → `street`, `people`, `light` → `mesh` →
`description`. A scene is a value (`description.Scene`): the same one gives the same picture.
"""
