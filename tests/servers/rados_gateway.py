"""A real S3 server for tests: the Ceph RADOS gateway with one monitor and one storage daemon, no manager.

It is what Debian has of S3 servers that enforce object lock. Everything lies in one folder: a monitor's database and a
sparse file for the objects.
"""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import (
    HERE,
    As,
    Place,
    ServersMissing,
    answers,
    free_port,
    own_folder,
    run,
    running,
    wait_until,
)

_PROGRAMS = {
    "ceph": "ceph-common",
    "ceph-authtool": "ceph-common",
    "monmaptool": "ceph-common",
    "ceph-mon": "ceph-mon",
    "ceph-osd": "ceph-osd",
    "radosgw": "radosgw",
    "radosgw-admin": "radosgw",
}
_STORE_BYTES = 8 << 30
"""of a sparse file: the disk holds what the tests write"""

# Pools of one copy; no authentication can be left out: the gateway does not connect without cephx.
_SETTINGS = """
[global]
fsid = {fsid}
mon host = v2:{address}:{mon_port}
public addr = {address}
cluster addr = {address}
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {folder}/keyring
run dir = {folder}
admin socket = {folder}/$name.asok
log file = /dev/null
log to stderr = true
err to stderr = true
crash dir = {folder}
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 2
osd pool default pgp num = 2
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 1
ms bind msgr1 = false

[mon]
mon data = {folder}/mon
mon initial members = a
mon allow pool size one = true

[osd]
osd data = {folder}/osd
keyring = {folder}/osd/keyring
osd objectstore = bluestore
bluestore block size = {store_bytes}
bluestore block create = true
bluestore fsck on mkfs = false
osd memory target = 939524096
bluestore cache size = 67108864
osd class load list = *
osd class default list = *

[client]
rgw data = {folder}/rgw
rgw frontends = beast endpoint={address}:{s3_port}
rgw thread pool size = 32
rgw enable usage log = false
rgw crypt require ssl = false
rgw dynamic resharding = false
"""


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server over plain HTTP and the account that may do everything on it."""

    endpoint: str
    """host:port"""
    access_key: str
    secret_key: str
    region: str
    secure: bool = False


@contextlib.contextmanager
def rados_gateway(place: Place = HERE) -> Iterator[S3Server]:
    """Start the gateway at a place, about twenty seconds, and stop it at the end.

    Raises:
        ServersMissing, ServerFailed
    """
    missing = sorted({package for program, package in _PROGRAMS.items() if shutil.which(program) is None})
    if missing:
        raise ServersMissing(f"the S3 gateway is not installed: apt-get install {' '.join(missing)}")
    with own_folder("s3") as folder, contextlib.ExitStack() as started:
        cluster = _Cluster(folder, fsid=str(uuid.uuid4()), place=place, mon_port=free_port(), s3_port=free_port())
        cluster.prepare()
        started.enter_context(cluster.monitor())
        started.enter_context(cluster.storage())
        server = cluster.account()
        started.enter_context(cluster.gateway())
        yield server


@dataclass(frozen=True, slots=True)
class _Cluster:
    folder: Path
    fsid: str
    place: Place
    mon_port: int
    s3_port: int

    def prepare(self) -> None:
        """Write the settings and the keys, and make the monitor's database."""
        settings = _SETTINGS.format(
            folder=self.folder,
            fsid=self.fsid,
            address=self.place.address,
            mon_port=self.mon_port,
            s3_port=self.s3_port,
            store_bytes=_STORE_BYTES,
        )
        self._settings.write_text(settings)
        for name in ("mon", "osd", "rgw"):
            (self.folder / name).mkdir()
        keyring, mon_map = self.folder / "keyring", self.folder / "monmap"
        key = ("ceph-authtool", keyring, "--gen-key")
        run(_words(*key, "--create-keyring", "-n", "mon.", "--cap", "mon", "allow *"))
        allowed = [word for part in ("mon", "osd", "mgr") for word in ("--cap", part, "allow *")]
        run(_words(*key, "-n", "client.admin", *allowed))
        address = f"[v2:{self.place.address}:{self.mon_port}]"
        run(_words("monmaptool", "--create", "--addv", "a", address, "--fsid", self.fsid, mon_map))
        run(self._ceph("ceph-mon", "--mkfs", "-i", "a", "--monmap", mon_map, "--keyring", keyring))

    @contextlib.contextmanager
    def monitor(self) -> Iterator[None]:
        """Run the monitor."""
        log = self.folder / "mon.log"
        with running(self._daemon("ceph-mon", "-f", "-i", "a"), log=log) as process:
            wait_until(lambda: answers(self.mon_port, self.place.address), process=process, log=log)
            yield

    @contextlib.contextmanager
    def storage(self) -> Iterator[None]:
        """Make the store and run its daemon."""
        store = str(uuid.uuid4())
        run(self._ceph("ceph", "osd", "new", store))
        allowed = ("mon", "allow profile osd", "osd", "allow *", "mgr", "allow profile osd")
        key = run(self._ceph("ceph", "auth", "get-or-create", "osd.0", *allowed))
        (self.folder / "osd" / "keyring").write_text(key)
        run(self._ceph("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", store))
        log = self.folder / "osd.log"
        with running(self._daemon("ceph-osd", "-f", "-i", "0"), log=log) as process:
            wait_until(self._store_is_up, process=process, log=log)
            yield

    def account(self) -> S3Server:
        """Make the account of the tests."""
        server = S3Server(
            endpoint=f"{self.place.address}:{self.s3_port}",
            access_key="sohoa-test",
            secret_key=uuid.uuid4().hex,
            region="default",
        )
        keys = (f"--access-key={server.access_key}", f"--secret-key={server.secret_key}")
        run(self._ceph("radosgw-admin", "user", "create", "--uid=sohoa", "--display-name=sohoa", *keys))
        return server

    @contextlib.contextmanager
    def gateway(self) -> Iterator[None]:
        """Run the gateway."""
        log = self.folder / "rgw.log"
        with running(self._daemon("radosgw", "-f", "-n", "client.admin"), log=log) as process:
            wait_until(lambda: answers(self.s3_port, self.place.address), process=process, log=log)
            yield

    def _store_is_up(self) -> bool:
        return '"num_up_osds":1' in run(self._ceph("ceph", "osd", "stat", "--format=json"))

    def _daemon(self, *words: str) -> list[str]:
        return self.place.command(As().command(*self._ceph(*words)))

    def _ceph(self, program: str, *words: str | Path) -> list[str]:
        return _words(program, "-c", self._settings, *words)

    @property
    def _settings(self) -> Path:
        return self.folder / "ceph.conf"


def _words(*words: str | Path) -> list[str]:
    return [str(word) for word in words]
