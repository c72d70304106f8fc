"""What passes on the wires of the test cluster's nodes (`tests/cluster/kubernetes`), and who answers there.

Each node is a network namespace of this machine: a socket that is made inside one stays there, whatever
thread uses it. Nothing here sends a packet that could leave the machine.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NAMESPACES = Path("/var/run/netns")
CLONE_NEWNET = 0x40000000
EVERY_PROTOCOL = 0x0003
SYN, ACK = 0x02, 0x10


def inside(namespace: str, make: Callable[[], socket.socket]) -> socket.socket:
    """A socket made in a network namespace. Raises what its making raises."""
    found: list[socket.socket] = []
    raised: list[BaseException] = []

    def enter() -> None:
        handle = os.open(NAMESPACES / namespace, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"setns {namespace}")
            found.append(make())
        except BaseException as error:
            raised.append(error)
        finally:
            os.close(handle)

    # The thread alone changes its namespace, and ends in it.
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return found[0]


class Responder:
    """Answers on a port of a node, and counts who came."""

    def __init__(self, namespace: str, address: str, port: int) -> None:
        self.address, self.port = address, port
        self.seen: Counter[str] = Counter()

        def listen() -> socket.socket:
            made = socket.create_server((address, port), backlog=32)
            made.settimeout(0.5)
            return made

        self._socket = inside(namespace, listen)
        self._ended = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._ended.set()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                connection, peer = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.seen[peer[0]] += 1
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nici\n")


class Wire:
    """Counts the TCP packets of one pod on its own wire: what it asked of whom, and what came back."""

    def __init__(self, namespace: str, interface: str, pod: str) -> None:
        self.asked: Counter[tuple[str, int]] = Counter()
        self.answered: Counter[tuple[str, int]] = Counter()
        self._pod = pod

        def listen() -> socket.socket:
            made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(EVERY_PROTOCOL))
            made.bind((interface, EVERY_PROTOCOL))
            made.settimeout(0.5)
            return made

        self._socket = inside(namespace, listen)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                self._note(self._socket.recv(256))

    def _note(self, packet: bytes) -> None:
        if len(packet) < 40 or packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_TCP:
            return
        source, target = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
        tcp = packet[(packet[0] & 0x0F) * 4 :]
        ports, flags = (int.from_bytes(tcp[:2], "big"), int.from_bytes(tcp[2:4], "big")), tcp[13]
        if source == self._pod and flags & SYN and not flags & ACK:
            self.asked[target, ports[1]] += 1
        elif target == self._pod:
            # A refusal counts too: it was sent by who must not be reached.
            self.answered[source, ports[0]] += 1


@contextmanager
def watched(namespace: str, pod: str) -> Iterator[Wire]:
    """The wire between a node and a pod of that address."""
    route = json.loads(ip(namespace, "-json", "route", "get", pod))
    wire = Wire(namespace, route[0]["dev"], pod)
    try:
        yield wire
    finally:
        wire.close()


@contextmanager
def extra_address(namespace: str, address: str) -> Iterator[None]:
    """An address that a node answers at, on the one interface that leads nowhere."""
    ip(namespace, "addr", "add", f"{address}/32", "dev", "lo", check=False)
    try:
        yield
    finally:
        ip(namespace, "addr", "del", f"{address}/32", "dev", "lo", check=False)


def ip(namespace: str, *words: str, check: bool = True) -> str:
    command = ["ip", "-n", namespace, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout
