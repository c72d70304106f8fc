"""The server and its tools are there, in the version that the Dockerfile names."""

import subprocess

for command in (["postgres", "--version"], ["initdb", "--version"], ["pg_isready", "--version"]):
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert " 15." in told, told
