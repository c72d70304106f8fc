"""Detectors behind one adapter: what a vendor gives is audited as what is made here."""
