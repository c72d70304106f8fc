"""Detection and counting metrics, equal to their references. Everything here is pure."""
