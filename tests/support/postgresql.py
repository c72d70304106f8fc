"""A PostgreSQL of this machine, outside of the cluster: Debian's, on a port and a folder of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from support.gateway import free_port

ACCOUNT = "postgres"


def programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are; None where there are none."""
    found = [Path(path).resolve().parent for name in ("pg_ctl",) if (path := shutil.which(name))]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(found) if (folder / "initdb").exists()), None)


def available() -> bool:
    return os.geteuid() == 0 and programs() is not None


class PostgreSQL:
    """All of it is in ``folder``. It answers on ``address`` alone, to one account with its password."""

    def __init__(self, folder: Path, address: str = "") -> None:
        """A new one on a free port of ``address``, or the one that the folder holds."""
        self._folder, place = folder, folder / "postgresql.json"
        if address:
            folder.mkdir(parents=True, exist_ok=True)
            place.write_text(
                json.dumps([address, free_port(address), secrets.token_hex(16)]), encoding="utf-8"
            )
            self._make(json.loads(place.read_text(encoding="utf-8"))[2])
        self.address, self.port, self._password = json.loads(place.read_text(encoding="utf-8"))

    @property
    def url(self) -> str:
        return f"postgresql://archipel:{self._password}@{self.address}:{self.port}/archipel"

    def start(self, settings: str = "") -> None:
        """Nothing where it runs already. ``settings``: more options of the server's (``-c name=value``)."""
        if self._as_postgres("pg_ctl", "-D", str(self._base), "status", check=False) == 0:
            return
        options = f"-p {self.port} -c listen_addresses={self.address} -k {self._base} {settings}"
        self._as_postgres("pg_ctl", "-D", str(self._base), "-w", "-o", options, "-l", self._log, "start")
        self._sql(
            "postgres",
            f"SELECT 'CREATE ROLE archipel LOGIN PASSWORD ''{self._password}''' "
            "WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'archipel') \\gexec",
        )
        self._sql(
            "postgres",
            "SELECT 'CREATE DATABASE archipel OWNER archipel' "
            "WHERE NOT EXISTS (SELECT 1 FROM pg_database WHERE datname = 'archipel') \\gexec",
        )

    def stop(self) -> None:
        self._as_postgres("pg_ctl", "-D", str(self._base), "-m", "immediate", "-w", "stop", check=False)

    @property
    def _base(self) -> Path:
        return self._folder / "base"

    @property
    def _log(self) -> str:
        return str(self._base / "server.log")

    def _make(self, password: str) -> None:
        self._base.mkdir()
        shutil.chown(self._base, ACCOUNT, ACCOUNT)
        self._base.chmod(0o700)
        for above in (self._folder, *self._folder.parents):
            if above.owner() == "root" and str(above) not in ("/", "/tmp", "/var/tmp"):
                above.chmod(above.stat().st_mode | 0o011)
        secret = self._base.parent / "password"
        secret.write_text(password, encoding="utf-8")
        shutil.chown(secret, ACCOUNT)
        secret.chmod(0o600)
        self._as_postgres(
            *("initdb", "-D", str(self._base), "-U", ACCOUNT, "-A", "scram-sha-256"),
            *("--pwfile", str(secret), "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )
        rules = self._base / "pg_hba.conf"
        rules.write_text(
            "local all postgres peer\nhost archipel archipel all scram-sha-256\n", encoding="utf-8"
        )

    def _sql(self, base: str, text: str) -> None:
        self._as_postgres(
            *("psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self._base), "-p", str(self.port)),
            *("-U", ACCOUNT, "-d", base),
            input=text,
        )

    def _as_postgres(self, program: str, *arguments: str, check: bool = True, input: str = "") -> int:
        folder = programs()
        assert folder is not None
        found = folder / program
        done = subprocess.run(
            [*("setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"),
             str(found if found.exists() else program), *arguments],
            input=input, cwd="/", text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{program}: {done.stdout}"
        return done.returncode
