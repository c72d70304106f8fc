"""A session as a pod of KubeSpawner: the catalogue's image and resources, a home, no token in sight.

KubeSpawner puts the session's token in the pod's specification; here it is a file of a Secret, which goes
when the session goes.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import kubespawner.spawner
from jupyterhub.utils import exponential_backoff
from kubespawner import KubeSpawner
from traitlets import Dict, Unicode

from archipel.backends import manifests, verdict
from archipel.backends.manifests import Ground
from archipel.content import pinned
from archipel.environments import lock_of
from archipel.hub import groupfolders, homeclaims, podwaits
from archipel.hub.choice import ChosenProfile
from archipel.names import IMAGE_ENVIRONMENT, IMAGE_HOME, scope_of_profile
from archipel.texts import translate as _
from archipel.workspace import Workspace

TOKENS = ("JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN")
TOKEN_SECRET = "session-{user_server}-jeton"  # noqa: S105  # a template of names, no secret itself
ABSENT = 404
AT_ONCE_SECONDS = 1
CLAIM_SECONDS, CLAIM_PAUSE = 3.0, 0.1
GIVE_UP_SECONDS = 10
LOOK_SECONDS, ANSWER_SECONDS = 0.1, 60.0
"""How often a new pod's server is looked for, and for how long before the hub's own, slower, looks."""

# KubeSpawner looks at what its watch already told it: waiting up to five seconds between two looks, as by
# default, is up to five seconds of a person's time.
kubespawner.spawner.exponential_backoff = partial(exponential_backoff, max_wait=0.2)


class PodSpawner(ChosenProfile, KubeSpawner):
    limits_hold = True
    _over = False
    _repair: asyncio.Future[Any] | None = None
    """The last one of the watch that all sessions share: the class holds it, as it holds the watch."""
    ground = Dict(help="Fields of `archipel.backends.manifests.Ground`.").tag(config=True)
    groups_claim = Unicode(help="The shared claim of the groups' folders; empty where there is none.").tag(
        config=True
    )

    @property
    def _token_secret(self) -> str:
        return str(self._expand_user_properties(TOKEN_SECRET))

    async def _start(self) -> Any:
        # A little before the hub itself gives up, which knows no reason.
        deadline = time.monotonic() + self.start_timeout - GIVE_UP_SECONDS
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
        groups = [group.name for group in self.user.groups]
        self.volumes, self.volume_mounts = groupfolders.laid(
            self.volumes,  # type: ignore[has-type]  # a trait of KubeSpawner
            self.volume_mounts,  # type: ignore[has-type]  # idem
            self.groups_claim,
            groups,
            self._scope,
        )
        self.ended, self._over = "", False
        await self._keep_token()
        try:
            url = await asyncio.wait_for(self._start_at_home(), deadline - time.monotonic())
        except homeclaims.Foreign:
            raise self._given_up("its home is an earlier holder's", homeclaims.refusal()) from None
        except TimeoutError:
            if self._pod() is None and await self._stands():
                await self._watch_anew()
            raise self._given_up("it was waited for in vain", podwaits.given_up(self._pod())) from None
        except Exception as error:
            # Of the API server's answers alone; KubeSpawner has written the whole in the log.
            if not hasattr(error, "body"):
                raise
            raise self._given_up("the cluster refused it", podwaits.refused(error.body)) from error
        await self._answering(url, deadline)
        return url

    async def _start_at_home(self) -> Any:
        """KubeSpawner's own, once the home is known to be this person's: it asks whose it is of nobody."""
        mark = homeclaims.holder(self.user)
        self.storage_extra_annotations = {homeclaims.HOLDER: mark}
        if not await homeclaims.demand(self.api, self.namespace, self.pvc_name, mark):
            # KubeSpawner makes a home once; an operator may have deleted it since.
            self._pvc_exists = False
        return await super()._start()

    async def _stands(self) -> bool:
        """Whether the API server has the pod that the watch never told of."""
        try:
            await asyncio.wait_for(
                self.api.read_namespaced_pod(self.pod_name, self.namespace), AT_ONCE_SECONDS
            )
        except Exception as error:
            # A cluster that is late has nothing to tell either: no pod, or no answer.
            self.log.warning("pod %s was not seen: %s", self.pod_name, type(error).__name__)
            return False
        return True

    async def _watch_anew(self) -> None:
        """A watch that tells nothing of a pod may be stuck, and KubeSpawner mends it after the delay only.

        What takes longer than the start has left goes on beside it: the watch is that of every session.
        Until a new one has its first list no pod is there, and each poll awaits that list: of one, not two.
        """
        repair = PodSpawner._repair
        if repair is None or repair.done():
            self.log.error("pod %s was never seen: its watch begins anew", self.pod_name)
            repair = PodSpawner._repair = asyncio.ensure_future(self._start_watching_pods(replace=True))
        await asyncio.wait({repair}, timeout=GIVE_UP_SECONDS / 2)
        if repair.done() and (error := repair.exception()):
            self.log.error("the watch of pods does not begin anew: %s", error)

    def _given_up(self, why: str, told: str) -> RuntimeError:
        """``told``: what JupyterHub shows to the person."""
        error = RuntimeError(f"the pod {self.pod_name}: {why}")
        error.jupyterhub_message = told  # type: ignore[attr-defined]  # JupyterHub shows it
        return error

    @property
    def waits(self) -> str:
        return podwaits.told(self._pod())

    async def _answering(self, url: str, deadline: float) -> None:
        """Until something listens there: the hub's own looks are ever further apart."""
        parts, deadline = urlsplit(url), min(deadline, time.monotonic() + ANSWER_SECONDS)
        while time.monotonic() < deadline:
            if await self.poll() is not None:
                told = _("Elle s’est arrêtée avant de répondre.")
                raise self._given_up("it ended before it answered", told)
            try:
                _reader, writer = await asyncio.wait_for(
                    asyncio.open_connection(parts.hostname, parts.port), timeout=1
                )
            except OSError:
                await asyncio.sleep(LOOK_SECONDS)
                continue
            writer.close()
            return

    async def _make_create_pod_request(self, pod: Any, request_timeout: float) -> bool:
        made: bool = await super()._make_create_pod_request(pod, request_timeout)
        if not made:
            # An earlier pod stood in the way; with it went the Secret that this one starts from.
            await self._keep_token()
        return made

    async def poll(self) -> int | None:
        """As KubeSpawner's; and a pod whose node is lost has ended, whatever it last said of itself."""
        ours = bool(self.server) and not self._stop_pending and not self._spawn_pending
        await self._start_watching_pods()
        pod = self._pod()
        status: int | None = await super().poll()
        if pod is not None and status is None and verdict.node_lost(pod):
            self.ended, status = "node-lost", 1
            # Nobody is left there to end it, and its name is wanted for the next.
            await self.stop(now=True)
        elif status is not None and ours and not self._over:
            went = pod is None or "deletionTimestamp" in pod["metadata"]
            self.ended = "deleted" if went else ""
        self._over = status is not None
        return status

    def _pod(self) -> dict[str, Any] | None:
        """As the watch last told it."""
        if self.pod_reflector is None:
            return None
        found: dict[str, Any] | None = self.pod_reflector.pods.get(f"{self.namespace}/{self.pod_name}")
        return found

    def get_state(self) -> dict[str, Any]:
        return {**super().get_state(), **({"ended": self.ended} if self.ended else {})}

    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(state)
        self.ended = str(state.get("ended", ""))

    async def _make_create_pvc_request(self, pvc: Any, request_timeout: float) -> bool:
        """A home that was just asked for is bound before its pod is made.

        A scheduler that sees the pod first may look at it again minutes later only. With a class that waits
        for the pod itself, this costs `CLAIM_SECONDS` once.
        """
        known: bool = await super()._make_create_pvc_request(pvc, request_timeout)
        deadline, pause = time.monotonic() + CLAIM_SECONDS, CLAIM_PAUSE
        while known and time.monotonic() < deadline:
            try:
                claim = await self.api.read_namespaced_persistent_volume_claim(
                    pvc.metadata.name, self.namespace
                )
            except Exception as error:
                # Waiting is a courtesy: a look that fails fails no start.
                self.log.warning("claim %s not seen: %s", pvc.metadata.name, error)
                break
            if claim.status.phase == "Bound":
                break
            # Many open at once: each looks less and less often.
            await asyncio.sleep(pause)
            pause *= 2
        return known

    async def load_user_options(self) -> None:
        """The profiles are the catalogue's, read at each start: KubeSpawner has no list of its own."""

    async def stop(self, now: bool = False) -> Any:
        pod = self._pod()
        if now and pod is not None and not verdict.node_lost(pod):
            # With no grace at all the pod leaves the network before its connections end: nothing would tell
            # whoever holds one, and a leaver's websocket would stay open.
            usual: int = self.delete_grace_period  # type: ignore[has-type]  # a trait of KubeSpawner
            self.delete_grace_period = AT_ONCE_SECONDS
            try:
                await super().stop()
            finally:
                self.delete_grace_period = usual
        else:
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
            "ARCHIPEL_GROUP_FOLDERS": groupfolders.PLACE,
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
            # Not immutable: its name serves every start, and a node that still ends the pod before would give
            # the new one what it knows of an immutable Secret of that name, the token before.
            "stringData": {"JUPYTERHUB_API_TOKEN": self.api_token},
        }
        await self.api.create_namespaced_secret(self.namespace, body)

    async def _forget_token(self) -> None:
        try:
            await self.api.delete_namespaced_secret(self._token_secret, self.namespace)
        except Exception as error:
            if getattr(error, "status", None) != ABSENT:
                raise
