"""Downloads over real HTTP, from one machine and from a database and an S3 server: whole, in parts, broken off where they were altered."""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.settings import load_settings
from pipeline.domain.client import ApiScope
from pipeline.domain.fixity import StoreName
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.signature import CopyVersion
from pipeline.ports import Area
from tests.servers.rados_gateway import S3Server
from tests.storage.stores_in_care import BucketVandal, Vandal, bucket_store, folder_store
from tests.web.api.conftest import PURPOSE
from tests.web.api.served import registered, served
from tests.web.shelved import shelve
from web.main import open_office
from web.office import Office

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
LARGE = bytes(range(241)) * 12_000
"""2.9 MB: many pieces"""


@pytest.fixture(params=["one machine", "servers"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, empty_home: Path
) -> Iterator[tuple[Office, Vandal, httpx.Client]]:
    """A served office, somebody who alters its objects, and a client with a token that says why it asks."""
    home = shutil.copytree(empty_home, tmp_path / "home")
    environment = {"SOHOA_HOME": str(home), "SOHOA_OFFICE__AGENCY": "H42.12", "SOHOA_READING__WORKERS": "1"}
    if request.param == "one machine":
        _, vandal = folder_store(StoreName.STORE, home / "archive")
    else:
        server: S3Server = request.getfixturevalue("s3_server")
        _, vandal = bucket_store(StoreName.STORE, server, tmp_path)
        assert isinstance(vandal, BucketVandal)
        environment |= {
            "SOHOA_RECORDS__URL": request.getfixturevalue("postgres_url"),
            "SOHOA_STORE__KIND": "s3",
            "SOHOA_STORE__ENDPOINT": server.endpoint,
            "SOHOA_STORE__BUCKET": vandal.bucket,
            "SOHOA_STORE__REGION": server.region,
            "SOHOA_STORE__ACCESS_KEY": server.access_key,
            "SOHOA_STORE__SECRET_KEY": server.secret_key,
            "SOHOA_STORE__SECURE": "false",
        }
    with open_office(load_settings(environment), with_prefect=False) as office, served(office) as address:
        id_, secret = registered(office, ApiScope.DOCUMENTS_READ, ApiScope.FILES_READ)
        given = httpx.post(
            f"{address}/api/v1/oauth/token", auth=(id_, secret), data={"grant_type": "client_credentials"}
        )
        headers = {"Authorization": f"Bearer {given.json()['access_token']}", **PURPOSE}
        with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=30) as client:
            yield office, vandal, client


Place = tuple[Office, Vandal, httpx.Client]


def keep_large(office: Office) -> tuple[DocumentId, ContentHash]:
    """Return a paper whose copy is large, and its digest."""
    paper = shelve(office)
    kept = office.services.objects.put(Area.ARCHIVE, io.BytesIO(LARGE))
    version = CopyVersion(number=2, sha256=kept.sha256, size=kept.size, created_at=office.services.clock.now())
    office.services.versions.add(paper, version)
    return paper, kept.sha256


def is_whole(answer: httpx.Response, data: bytes) -> bool:
    """Check what a client is told to check."""
    found = base64.b64encode(hashlib.sha256(data).digest()).decode()
    return answer.headers["repr-digest"] == f"sha-256=:{found}:"


def test_files_come_whole_and_in_parts_and_what_is_altered_is_not_taken_for_whole(place: Place) -> None:
    office, vandal, client = place
    paper, sha256 = keep_large(office)
    whole = client.get(f"/documents/{paper}/copy.pdf")
    assert (whole.status_code, whole.content) == (200, LARGE)
    assert is_whole(whole, whole.content)
    size, pieces = 700_001, []
    for start in range(0, len(LARGE), size):
        span = {"Range": f"bytes={start}-{start + size - 1}", "If-Range": whole.headers["etag"]}
        part = client.get(f"/documents/{paper}/copy.pdf", headers=span)
        assert part.status_code == 206
        pieces.append(part.content)
    assert is_whole(part, b"".join(pieces))
    assert client.get(f"/documents/{paper}/text.txt").text.startswith("Quyết định")
    head = client.head(f"/documents/{paper}/copy.pdf")
    assert (head.headers["content-length"], head.content) == (str(len(LARGE)), b"")
    made = client.post(f"/documents/{paper}/links", json={}, headers={"Idempotency-Key": "a-key-of-mine"}).json()
    # by whoever has the address, without the token
    token = made["url"].rpartition("/")[2]
    assert httpx.get(f"{client.base_url}links/{token}").content == LARGE
    altered = LARGE[:-1] + bytes([LARGE[-1] ^ 1])
    vandal.write(Area.ARCHIVE, sha256, altered)
    received = io.BytesIO()
    with client.stream("GET", f"/documents/{paper}/copy.pdf") as broken:
        with pytest.raises(httpx.RemoteProtocolError):
            received.writelines(broken.iter_raw())
        assert not is_whole(broken, received.getvalue())
    assert 0 < len(received.getvalue()) < len(LARGE)
    part = client.get(f"/documents/{paper}/copy.pdf", headers={"Range": "bytes=0-"})
    assert (part.status_code, part.content) == (206, altered)
    assert not is_whole(part, part.content)
    vandal.delete(Area.ARCHIVE, sha256)
    missing = client.get(f"/documents/{paper}/copy.pdf")
    assert (missing.status_code, missing.json()["code"]) == (500, "object.missing")


def test_what_an_office_tells_is_the_same_from_servers(place: Place) -> None:
    office, _, client = place
    papers = [shelve(office, fields={"code_number": str(n)}, dossier="H42.12-260131-0001") for n in range(3)]
    listed = client.get("/documents", params={"limit": 2}).json()
    rest = client.get("/documents", params={"limit": 2, "after": listed["next"]}).json()
    assert [each["id"] for each in (*listed["items"], *rest["items"])] == papers[::-1]
    assert [each["id"] for each in client.get("/documents", params={"code_number": "1"}).json()["items"]] == [papers[1]]
    assert client.get("/search", params={"q": "giay phep"}).json()["total"] == 3
    told = client.get(f"/documents/{papers[0]}", params={"include": "fields,versions,signatures,pages"}).json()
    assert told["fields"]["code_number"]["value"] == "0"
    assert client.get(f"/documents/{papers[0]}/signatures").json()["reason"] == "NO_SIGNATURE"
    for part in ("fields.xml", "fields.json", "pages/1.jpg", "validation.json"):
        answer = client.get(f"/documents/{papers[0]}/{part}")
        assert answer.status_code == 200, part
        assert is_whole(answer, answer.content)
    code = office.services.results.issue(told["dossier"], papers[0], at=office.services.clock.now()).code
    assert [each["code"] for each in client.get("/results").json()["items"]] == [code]
    # NUL cannot be kept by every database, and nothing may come of asking for it
    for query in ({"q": "a\0b"}, {"q": "\U0001f4dc" * 50}):
        assert client.get("/search", params=query).status_code == 200
