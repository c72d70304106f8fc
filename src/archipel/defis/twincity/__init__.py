"""TwinCity: pedestrian detection on synthetic streets, measured and audited before anybody trusts it.

Rooms, downward: `audit` → `evaluation` → `metrics` → `sets`. Images, detectors and scenes have rooms of
their own.
"""
