"""A session as a pod of KubeSpawner: the catalogue's image and resources, a home, no token in sight.

KubeSpawner puts the session's token in the pod's specification; here it is a file of a Secret, which goes
when the session goes.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from kubespawner import KubeSpawner
from traitlets import Dict

from archipel.backends import manifests
from archipel.backends.manifests import Ground
from archipel.content import pinned
from archipel.environments import lock_of
from archipel.hub.choice import ChosenProfile
from archipel.names import IMAGE_ENVIRONMENT, IMAGE_HOME, scope_of_profile
from archipel.workspace import Workspace

TOKENS = ("JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN")
TOKEN_SECRET = "session-{user_server}-jeton"  # noqa: S105  # a template of names, no secret itself
ABSENT = 404
CLAIM_SECONDS = 3.0


class PodSpawner(ChosenProfile, KubeSpawner):
    limits_hold = True
    ground = Dict(help="Fields of `archipel.backends.manifests.Ground`.").tag(config=True)

    @property
    def _token_secret(self) -> str:
        return str(self._expand_user_properties(TOKEN_SECRET))

    async def _start(self) -> Any:
        (slug, profile), ground = self.chosen(), Ground(**self.ground)
        await asyncio.to_thread(self.demand_isolation, profile)
        self._scope = scope_of_profile(slug) if profile.sensible else ""
        current = pinned(self.data)
        assert current is not None
        asked = profile.resources
        self._lock = lock_of(current.folder, profile.image)
        self.image = ground.image(profile.image, self._lock)
        self.cpu_limit, self.cpu_guarantee = asked.cpu, asked.cpu * ground.cpu_share
        self.mem_limit = self.mem_guarantee = asked.memory_bytes
        gpus = {ground.gpu: str(asked.gpu)} if asked.gpu else {}
        self.extra_resource_limits = {"ephemeral-storage": ground.work, **gpus}
        self.extra_resource_guarantees = {"ephemeral-storage": manifests.DISK, **gpus}
        self.extra_labels = {
            "app.kubernetes.io/component": "session",
            f"{manifests.LABEL}image": profile.image,
            **manifests.marked(self._scope),
        }
        await self._keep_token()
        return await super()._start()

    async def _make_create_pvc_request(self, pvc: Any, request_timeout: float) -> bool:
        """A home that was just asked for is bound before its pod is made.

        A scheduler that sees the pod first may look at it again minutes later only. With a class that waits
        for the pod itself, this costs `CLAIM_SECONDS` once.
        """
        known: bool = await super()._make_create_pvc_request(pvc, request_timeout)
        deadline = time.monotonic() + CLAIM_SECONDS
        while known and time.monotonic() < deadline:
            claim = await self.api.read_namespaced_persistent_volume_claim(pvc.metadata.name, self.namespace)
            if claim.status.phase == "Bound":
                break
            await asyncio.sleep(0.1)
        return known

    async def load_user_options(self) -> None:
        """The profiles are the catalogue's, read at each start: KubeSpawner has no list of its own."""

    async def stop(self, now: bool = False) -> Any:
        await super().stop(now)
        await self._forget_token()

    def get_env(self) -> dict[str, str]:
        """Addresses and names; the tokens are the Secret's."""
        env = {name: value for name, value in super().get_env().items() if name not in TOKENS}
        workspace = Workspace.read(self.data.workspace_file)
        assert workspace is not None
        mlflow = workspace.tracking_url
        api = workspace.api_url
        name = self.user.name
        return {
            **manifests.told_of_region(Ground(**self.ground).environment, self._scope),
            **env,
            "LANG": "C.UTF-8",
            "TZ": "Europe/Paris",
            "HOME": IMAGE_HOME,
            "USER": name,
            "SHELL": "/bin/bash",
            "ARCHIPEL_API_URL": api,
            "ARCHIPEL_REPOSITORY": f"{api}/content/repository.git",
            "ARCHIPEL_SECRETS": manifests.SECRETS,
            "ARCHIPEL_ENVIRONMENT": IMAGE_ENVIRONMENT,
            **self.own_env(self._lock, Ground(**self.ground).release),
            "ARCHIPEL_GROUP_FOLDERS": "/groupes",
            "MLFLOW_TRACKING_URI": mlflow,
            "MLFLOW_EXPERIMENT_NAME": f"{name}/notebooks",
            "GIT_AUTHOR_NAME": name,
            "GIT_COMMITTER_NAME": name,
            "GIT_AUTHOR_EMAIL": f"{name}@localhost",
            "GIT_COMMITTER_EMAIL": f"{name}@localhost",
        }

    async def _keep_token(self) -> None:
        """The Secret of this start; what an earlier one left is replaced."""
        await self._forget_token()
        body = {
            "metadata": {"name": self._token_secret, "labels": {"app.kubernetes.io/part-of": "archipel"}},
            "type": "Opaque",
            "immutable": True,
            "stringData": {"JUPYTERHUB_API_TOKEN": self.api_token},
        }
        await self.api.create_namespaced_secret(self.namespace, body)

    async def _forget_token(self) -> None:
        try:
            await self.api.delete_namespaced_secret(self._token_secret, self.namespace)
        except Exception as error:
            if getattr(error, "status", None) != ABSENT:
                raise
