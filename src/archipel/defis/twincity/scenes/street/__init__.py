"""A street of Paris as one mesh, from its description."""
