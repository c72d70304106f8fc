"""Champollion: what monthly payroll declarations (DSN) let a labour inspector see of fixed-term work."""
