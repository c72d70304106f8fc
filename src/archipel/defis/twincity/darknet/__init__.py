"""Darknet's own description of a network, and its weights (Redmon, https://pjreddie.com/darknet)."""
