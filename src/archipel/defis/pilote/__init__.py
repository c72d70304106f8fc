"""PILOTE: how far the State's priority policies have come, territory by territory.

The method is the public one of PILOTE (DITP): advancement rates, weights, policy rates, aggregation,
alerts. This package reads files and returns values; it imports nothing of the platform.
"""
