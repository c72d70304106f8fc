"""The dashboard: one establishment as an inspector looks at it, then sectors and départements."""
