"""The reference renderer: a path tracer, no OpenGL."""
