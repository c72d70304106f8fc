"""A synthetic country: establishments, jobs, contracts, abuses that are known."""
