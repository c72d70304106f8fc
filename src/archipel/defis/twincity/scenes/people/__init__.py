"""Bodies, shaped, posed and dressed, as meshes."""
