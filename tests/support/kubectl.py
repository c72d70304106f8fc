"""`kubectl`, on the cluster that ``KUBECONFIG`` names."""

from __future__ import annotations

import subprocess


def kubectl(*words: str, given: str | bytes = "", check: bool = True) -> str:
    """What it prints. ``given``: its standard input. ``check``: whether a refusal is a failed test."""
    sent = given.encode() if isinstance(given, str) else given
    done = subprocess.run(["kubectl", *words], input=sent, capture_output=True, timeout=180, check=False)
    if check and done.returncode:
        raise AssertionError(f"kubectl {' '.join(words)}: {done.stderr.decode()}")
    return done.stdout.decode()
