"""The dashboard: what the forecast is worth, then firms as an agent looks at them."""
