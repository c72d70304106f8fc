"""What a production release finds outside of its cluster, on this machine: an S3 server, a PostgreSQL.

    python -m support.outside start FOLDER NAMESPACE VALUES   start both, make their Secrets in the namespace,
                                                              print VALUES with where they are
    python -m support.outside stop FOLDER

Each is used where its program is here; without one, the release keeps the small one of the chart, told on
the error output. ``ARCHIPEL_OUTSIDE_ADDRESS``: the address at which pods reach this machine, by default that
from which it reaches the first node.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import yaml

from archipel.deploy.review import overlaid
from support import gateway, postgresql
from support.gateway import Gateway
from support.kubectl import kubectl
from support.postgresql import PostgreSQL

BUCKET = "archipel"
DATABASE_SECRET, STORE_SECRET = "archipel-base", "archipel-magasin"


def put_secret(namespace: str, name: str, *parts: str) -> None:
    """Made, or brought to what it must hold. ``parts``: options of `kubectl create secret generic`."""
    made = kubectl(
        "-n", namespace, "create", "secret", "generic", name, "--dry-run=client", "-o", "yaml", *parts
    )
    kubectl("-n", namespace, "apply", "-f", "-", given=made)


def address() -> str:
    told = os.environ.get("ARCHIPEL_OUTSIDE_ADDRESS")
    if told:
        return told
    nodes = json.loads(kubectl("get", "nodes", "-o", "json"))["items"]
    inside = {a["type"]: a["address"] for a in nodes[0]["status"]["addresses"]}["InternalIP"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # No packet is sent: the system only says which way it would.
        probe.connect((inside, 9))
        return str(probe.getsockname()[0])


def start(folder: Path, namespace: str) -> dict[str, Any]:
    """The values of a release that uses what could be started."""
    values: dict[str, Any] = {"networkPolicy": {}}
    folder.mkdir(parents=True, exist_ok=True)
    if gateway.available():
        known = (folder / "gateway.json").exists()
        server = Gateway(folder) if known else Gateway(folder, BUCKET, address())
        server.start()
        put_secret(namespace, STORE_SECRET, *(f"--from-file={k}={v}" for k, v in server.files().items()))
        values["store"] = {
            "url": f"s3://{BUCKET}",
            "existingSecret": STORE_SECRET,
            "claim": {"enabled": False},
        }
        values["networkPolicy"]["store"] = [{"cidr": f"{server.address}/32", "port": server.port}]
        print(f"Magasin d’objets : {server.url} (versitygw), http", file=sys.stderr)
    else:
        print("Magasin d’objets : un volume ; versitygw n’est pas dans le PATH", file=sys.stderr)
    if postgresql.available():
        place = folder / "postgresql"
        known = (place / "postgresql.json").exists()
        base = PostgreSQL(place) if known else PostgreSQL(place, address())
        base.start()
        put_secret(namespace, DATABASE_SECRET, f"--from-literal=url={base.url}")
        values["database"] = {"existingSecret": DATABASE_SECRET, "internal": {"enabled": False}}
        values["networkPolicy"]["database"] = [{"cidr": f"{base.address}/32", "port": base.port}]
        print(f"Base : PostgreSQL de cette machine, {base.address}:{base.port}", file=sys.stderr)
    else:
        print("Base : celle du chart ; PostgreSQL n’est pas sur cette machine", file=sys.stderr)
    return values


def stop(folder: Path) -> None:
    if (folder / "gateway.json").exists():
        Gateway(folder).kill()
    if (folder / "postgresql" / "postgresql.json").exists():
        PostgreSQL(folder / "postgresql").stop()


def main() -> None:
    verb, folder = sys.argv[1], Path(sys.argv[2])
    if verb == "stop":
        stop(folder)
        return
    own = yaml.safe_load(Path(sys.argv[4]).read_text(encoding="utf-8"))
    print(yaml.safe_dump(overlaid(own, start(folder, sys.argv[3])), allow_unicode=True))


if __name__ == "__main__":
    main()
