"""The law on fixed-term and temporary contracts: codes, rules, limits, days. Pure; no data is read here."""
