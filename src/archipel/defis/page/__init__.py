"""What dashboards have in common: words, parts of a page, a sheet. Nothing of archipel is imported here."""
