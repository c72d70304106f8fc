"""Whether a detector finds everybody as well: gaps of recall between groups, and what they are worth.

Downward: `run` → `conclusion`, `forest`, `gate` → `counts`, `annotated`, `paired` → `attributes`,
`operating`, `clustered` → `gaps` → `proportions`, `power`. `calibration` tries the method itself.
"""
