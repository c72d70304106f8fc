"""Whether a detector finds everybody as well: gaps of recall between groups, and what they are worth.

Downward: `conclusion`, `document`, `forest` → `run` → `annotated`, `counts` → `paired`, `operating`,
`attributes`, `clustered` → `gaps` → `proportions`, `power`. `calibration` tries the method itself.
"""
