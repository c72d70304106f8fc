"""The dashboard of PILOTE: pure functions from a published run to HTML and SVG, no script."""
