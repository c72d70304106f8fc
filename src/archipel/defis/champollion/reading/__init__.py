"""What is read: contracts, branch agreements, dismissals, opening days, monthly declarations."""
