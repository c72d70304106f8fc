"""A real PostgreSQL: believed in TLS by the region's authorities alone; and the scheduler that loses it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from archipel import cluster
from archipel.catalog.region import authority_variables
from archipel.cluster import prepared
from archipel.datafolder import DataFolder
from archipel.errors import Failed
from support.certificates import certified
from support.gateway import free_port
from support.postgresql import ACCOUNT, PostgreSQL, available
from support.workspace import wait_for

pytestmark = pytest.mark.skipif(not available(), reason="needs root, and Debian's PostgreSQL")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[DataFolder]:
    """The database of a platform whose Secret asks for its certificate; ``ca.crt``: who signed it."""
    made = PostgreSQL(tmp_path / "base", "127.0.0.1")
    for name, text in certified("localhost").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        shutil.chown(tmp_path / name, ACCOUNT)
        (tmp_path / name).chmod(0o600)
    made.start(f"-c ssl=on -c ssl_cert_file={tmp_path}/tls.crt -c ssl_key_file={tmp_path}/tls.key")
    data = DataFolder(tmp_path / "donnees")
    data.secrets.mkdir(parents=True)
    url = made.url.replace("@127.0.0.1:", "@localhost:")
    (data.secrets / "database").write_text(f"{url}?sslmode=verify-full", encoding="utf-8")
    yield data
    made.stop()


def test_the_region_s_authorities_vouch_for_it(
    place: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the images, whose environment is these variables (`tests/unit/deploy/test_dockerfiles.py`)."""
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.0)

    def trust(authorities: Path) -> None:
        for name, value in authority_variables(str(authorities)).items():
            monkeypatch.setenv(name, value)

    other = tmp_path / "autre.crt"
    other.write_text(certified("localhost")["ca.crt"], encoding="utf-8")
    trust(other)
    with pytest.raises(Failed, match="SSL error"), prepared(place, "essai"):
        pytest.fail("believed by an authority that did not sign it")
    trust(tmp_path / "ca.crt")
    with prepared(place, "essai") as url:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            ciphered = sa.text("select ssl from pg_stat_ssl where pid = pg_backend_pid()")
            assert connection.scalar(ciphered) is True


SCHEDULER = """
import os, sys, time
from pathlib import Path
from archipel.datafolder import DataFolder
from archipel.runs.clustered import only_scheduler, open_ledger
from archipel.runs.service import Health, Loop, run
from archipel.runs.store import Store

data, turned, port = DataFolder(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3])
program = f"{os.getpid()} {time.monotonic_ns()}"

class Turns:
    def tick(self):
        turned.write_text(program)

engine = open_ledger(data)
health = Health(Store(engine), ("127.0.0.1", port))
with only_scheduler(engine) as held:
    run(Loop(Turns(), held), health)
"""


def test_a_scheduler_outlives_its_database(tmp_path: Path) -> None:
    """Whoever has the right to schedule loses it with its connection; the process asks for it anew itself."""
    base = PostgreSQL(tmp_path / "base", "127.0.0.1")
    base.start()
    data = DataFolder(tmp_path / "donnees")
    data.secrets.mkdir(parents=True)
    (data.secrets / "database").write_text(base.url, encoding="utf-8")
    turned, program = tmp_path / "turned", tmp_path / "scheduler.py"
    turned.touch()
    program.write_text(SCHEDULER, encoding="utf-8")
    command = [sys.executable, str(program), str(data.root), str(turned), str(free_port("127.0.0.1"))]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def turns_after(before: str) -> str:
        """The process and the program that turn now: another program than before."""
        return wait_for(lambda: (now := turned.read_text()) != before and now, 30)

    try:
        seen = turns_after("")
        for _death in range(2):
            base.stop()
            base.start()
            seen = turns_after(seen)
            assert seen.split()[0] == str(process.pid), "another process took over"
        process.send_signal(signal.SIGTERM)
        _out, told = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
        base.stop()
    assert process.returncode == 0, told
    assert told.count("the right to schedule is lost") == 2
