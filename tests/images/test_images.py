"""Images built for real: their promises from inside, as Kubernetes runs them, and what they must not hold."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from archipel.catalog.region import Region
from archipel.deploy import images, inside
from archipel.deploy.engines import Engine
from archipel.deploy.sbom import problems, sbom
from archipel.deploy.tree import ContainerImage, Tree

Images = Callable[[str], ContainerImage]
WHERE = """
import json, os, pathlib
from archipel.environments.platformcode import platform_contents, release_of

def writable(path):
    try:
        (pathlib.Path(path) / "essai").write_text("x")
        return True
    except OSError:
        return False

print(json.dumps({
    "uid": os.getuid(),
    "home": sorted(os.listdir(os.environ["HOME"])),
    "release": release_of(platform_contents()),
    "writable": [path for path in ("/", "/opt/archipel/code", "/etc", os.environ["HOME"], "/tmp", "/data")
                 if writable(path)],
}))
"""


def broken(tree: Tree, engine: Engine, image: ContainerImage, user: str = "") -> dict[str, str]:
    return {one.name: one.problem for one in inside.check(tree, engine, image, user) if one.problem}


@pytest.mark.parametrize("name", ["base", "datascience", "platform"])
def test_each_keeps_its_promises(tree: Tree, engine: Engine, image: Images, name: str) -> None:
    assert broken(tree, engine, image(name)) == {}


def test_any_account_will_do_but_root(tree: Tree, engine: Engine, base: ContainerImage) -> None:
    assert broken(tree, engine, base, "12345:0") == {}
    assert "the user is root" in broken(tree, engine, base, "0:0")["system/confined.py"]


@pytest.mark.parametrize(("user", "uid"), [("", 1000), ("12345:54321", 12345)])
def test_on_a_read_only_file_system_only_its_own_is_written(
    engine: Engine, tree: Tree, base: ContainerImage, user: str, uid: int
) -> None:
    done = inside.run_python(engine, base.runnable.reference, WHERE, user=user)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "uid": uid,
        "home": [],
        # The code is to the byte this project's: an image's name can be known from either side.
        "release": tree.release,
        "writable": ["/home/archipel", "/tmp", "/data"],
    }


OVERLAY = """
import subprocess
from importlib.metadata import entry_points
from pathlib import Path
from archipel.environments.overlay import ensure_overlay

assert "archipel" in entry_points(group="papermill.engine").names
folder = ensure_overlay(Path.home(), "base", Path("/opt/archipel/environment"), (Path("/opt/archipel/code"),))
program = "import sys, jupyterlab, archipel.output; print(sys.prefix)"
for command in ([folder / "bin/python", "-c", program], [folder / "bin/pip", "--version"]):
    print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0])
"""


def test_a_session_s_own_packages_go_over_it(engine: Engine, base: ContainerImage) -> None:
    done = inside.run_python(engine, base.runnable.reference, OVERLAY, user="12345:0")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["/home/archipel/.archipel/overlay/base", "pip"]


def test_it_reaches_no_network_while_it_is_checked(engine: Engine, base: ContainerImage) -> None:
    program = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=2)"
    done = inside.run_python(engine, base.runnable.reference, program)
    assert "Network is unreachable" in done.stderr


def test_its_list_is_valid_and_whole(engine: Engine, base: ContainerImage) -> None:
    found = inside.inventory(engine, base)
    text = sbom(base.runnable.reference, found)
    assert problems(text) == ""
    purls = " ".join(component["purl"] for component in json.loads(text)["components"])
    for name in ("pypi/jupyterlab@", "pypi/papermill@2.7.0", "deb/debian/git@", "deb/debian/libc6@"):
        assert f"pkg:{name}" in purls
    licensed = [one for one in found["pypi"] if one["expression"] or one["licence"] or one["classifiers"]]
    assert len(licensed) > 0.9 * len(found["pypi"])


def test_it_says_what_it_is_made_from(engine: Engine, tree: Tree, base: ContainerImage) -> None:
    told = images.labels(engine, base.runnable.reference)
    assert told["archipel.lock"] == base.lock
    assert told["archipel.release"] == tree.release
    assert told["org.opencontainers.image.version"]


def test_what_is_there_is_not_built_again(engine: Engine, tree: Tree, base: ContainerImage) -> None:
    heard: list[str] = []
    assert [one.seconds for one in images.ensure(tree, engine, ["base"], heard.append)] == [0.0, 0.0]
    assert heard[-1] == f"{base.runnable.reference} : déjà là, rien à faire."


DOCKERFILE = """\
ARG PARENT
FROM ${PARENT}
USER 0:0
RUN --mount=type=secret,id=settings --mount=type=secret,id=authorities . /run/secrets/settings \\
    && test "$(printf %s "$HTTPS_PROXY" | wc -c)" = LENGTH && touch /built
USER 1000:1000
"""
PASSWORD = "mot-de-passe-42"
ADDRESS = "mandataire.exemple:3128"


def test_no_layer_and_no_history_holds_the_proxy_s_password(
    engine: Engine, tree: Tree, base: ContainerImage, small: Callable[[str], Path], tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(f"agent:{PASSWORD}\n")
    region = Region.model_validate(
        {
            "images": {"prefix": "localhost/archipel-essai/", "root": base.packages.parent},
            "proxy": {"https": f"http://{ADDRESS}", "credentials": tmp_path / "secret"},
        }
    )
    # The build itself sees it: its length is enough to tell, and can be written in the Dockerfile.
    length = len(f"http://agent:{PASSWORD}@{ADDRESS}")
    other = Tree(small(DOCKERFILE.replace("LENGTH", str(length))), tree.catalog, region)
    image = other.image("system")
    try:
        images.ensure(other, engine, ["system"], print)
        told = subprocess.run(
            engine.history(image.runnable.reference), capture_output=True, text=True, check=True
        )
        assert "touch /built" in told.stdout
        assert PASSWORD not in told.stdout
        images.save(engine, image, tmp_path / "image.tar")
        archive = (tmp_path / "image.tar").read_bytes()
        assert b"archipel.recipe" in archive
        assert PASSWORD.encode() not in archive
    finally:
        subprocess.run([engine.name, "rmi", image.runnable.reference], capture_output=True, check=False)
