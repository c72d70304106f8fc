"""Insolvency of firms within eighteen months, on synthetic firm-months with a known hazard."""
