"""A targeting score that is honest about what it knows: whom to inspect first, how sure, at what cost."""
