"""Truth and detections as arrays, and the files that they are read from and written to."""
