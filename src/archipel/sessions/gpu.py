"""Reading a GPU's use with ``nvidia-smi``, or whatever command the operator named in its place."""

from __future__ import annotations

import shlex
import subprocess

from archipel.sessions.life import GpuSample

QUERIES = ("--query-gpu=utilization.gpu", "--query-compute-apps=pid")
SECONDS = 10


def read_gpu(command: str, pids: frozenset[int]) -> GpuSample | None:
    """One sample; None where the command is absent, fails or says nothing that can be read."""
    busy, running = (_lines(command, query) for query in QUERIES)
    try:
        highest = max(float(line) for line in busy or ())
        there = [int(line) for line in running or ()]
    except ValueError:
        return None
    if running is None:
        return None
    # In a pod the identifiers are the node's, or hidden: the GPU is the pod's alone, its use is ours.
    return GpuSample(highest, len(pids.intersection(there)) if pids else None)


def _lines(command: str, query: str) -> list[str] | None:
    words = [*shlex.split(command), query, "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return (
        [line.strip() for line in done.stdout.splitlines() if line.strip()] if not done.returncode else None
    )
