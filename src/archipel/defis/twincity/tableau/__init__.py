"""The dashboard of TwinCity: from a published run and the reference audit to HTML and SVG, no script."""
