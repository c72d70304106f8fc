"""TwinCity: pedestrian detection on synthetic streets, measured and audited before anybody trusts it.

Rooms, downward: `evaluation` → `metrics` → `sets`. Images, detectors and scenes have rooms of their own.
"""
