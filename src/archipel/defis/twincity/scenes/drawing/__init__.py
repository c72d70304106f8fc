"""Scenes drawn at random, from a seed and the conditions asked for."""
