"""What several tiers share: a real workspace started from the project's own command."""
