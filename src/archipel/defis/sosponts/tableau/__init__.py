"""The dashboard: a published run as a page, in French, drawings with a table beside each."""
