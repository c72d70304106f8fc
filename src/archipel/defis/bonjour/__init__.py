"""Bonjour: the smallest défi, which passes through everything. The tutorial and the system tests use it."""
