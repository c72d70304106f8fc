"""The fast renderer: OpenGL over EGL, no display."""
