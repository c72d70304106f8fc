"""What a session does about itself, from inside: rescue start, clean-up, idleness, GPU, notices.

Imported by JupyterLab's own process in the image's environment: nothing here needs the workspace's packages.
"""
