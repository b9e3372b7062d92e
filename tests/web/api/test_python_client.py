"""Both clients of the package against an office that is really served, through a network that breaks."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from app.intake_work import IntakeWork
from pipeline.domain.client import ApiScope, ClientId
from pipeline.domain.document import DocumentState
from pipeline.domain.ids import BatchId
from sohoa_client import (
    AsyncSohoa,
    BadInput,
    DigestMismatch,
    FileRefused,
    Forbidden,
    NotFound,
    PurposeNeeded,
    Retry,
    ScopeNeeded,
    Sohoa,
    TokenNeeded,
    Unreachable,
)
from tests.servers.faulty_proxy import SLOW_SECONDS, Fault, Plan, faulty_proxy
from tests.usecases.intake_office import picture
from tests.web.api.served import registered, served
from tests.web.shelved import OURS, shelve
from tests.web.street import LAN, open_street
from web.office import Office

pytestmark = [pytest.mark.enable_socket, pytest.mark.services]

DOSSIER = "H42.12-260131-0001"
QUICK = Retry(first_seconds=0.01, most_seconds=0.02)


class Face(Protocol):
    """A client, whichever it is: each operation is done, each list is whole."""

    basis: str

    def __call__(self, name: str, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - what the operation gives
        ...

    def all(self, name: str, *args: object, **kwargs: object) -> list[Any]: ...


class Blocking:
    """`Sohoa`."""

    basis = "dossier"

    def __init__(self, client: Sohoa) -> None:
        self._client = client

    def __call__(self, name: str, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - likewise
        with self._client.purpose("Đăng ký khai sinh", requester="Nguyễn Văn Thư", basis=self.basis, dossier=DOSSIER):
            return getattr(self._client, name)(*args, **kwargs)

    def all(self, name: str, *args: object, **kwargs: object) -> list[Any]:
        return list(self(name, *args, **kwargs))


class Awaiting:
    """`AsyncSohoa`, with a loop of its own."""

    basis = "dossier"

    def __init__(self, client: AsyncSohoa, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __call__(self, name: str, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - likewise
        return self._runner.run(self._call(name, args, kwargs))

    def all(self, name: str, *args: object, **kwargs: object) -> list[Any]:
        return list(self._runner.run(self._all(name, args, kwargs)))

    async def _call(self, name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> Any:  # noqa: ANN401 - likewise
        with self._client.purpose("Đăng ký khai sinh", requester="Nguyễn Văn Thư", basis=self.basis, dossier=DOSSIER):
            return await getattr(self._client, name)(*args, **kwargs)

    async def _all(self, name: str, args: tuple[object, ...], kwargs: dict[str, object]) -> list[Any]:
        with self._client.purpose("Đăng ký khai sinh", requester="Nguyễn Văn Thư", basis=self.basis, dossier=DOSSIER):
            items = getattr(self._client, name)(*args, **kwargs)
        return [each async for each in items]  # outside of the context: the purpose is that of the call


@pytest.fixture(autouse=True)
def _nothing_goes_on_beside(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IntakeWork, "_coach", lambda _: None)
    monkeypatch.setattr(office.jobs, "digitize", lambda *_, **__: None)


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    with served(office) as at:
        yield at


@pytest.fixture
def network(address: str) -> Iterator[tuple[str, Plan]]:
    """An address that leads to the office through a network, and what that does to requests."""
    with faulty_proxy(address.removeprefix("http://")) as (host, plan):
        yield f"http://{host}", plan


def opened(kind: str, address: str, *, client_id: str, client_secret: str) -> Iterator[Face]:
    if kind == "blocking":
        with Sohoa(address, retry=QUICK, client_id=client_id, client_secret=client_secret) as client:
            yield Blocking(client)
        return
    with asyncio.Runner() as runner:
        awaited = AsyncSohoa(address, retry=QUICK, client_id=client_id, client_secret=client_secret)
        yield Awaiting(awaited, runner)
        runner.run(awaited.close())


@pytest.fixture(params=["blocking", "awaiting"])
def face(request: pytest.FixtureRequest, office: Office, network: tuple[str, Plan]) -> Iterator[Face]:
    name, secret = registered(office)
    yield from opened(request.param, network[0], client_id=name, client_secret=secret)


def test_papers_are_found_told_and_fetched(face: Face, office: Office, tmp_path: Path) -> None:
    document = shelve(office, dossier=DOSSIER, fields={"code_number": "12"}, text="Cấp giấy phép xây dựng")
    shelve(office, dossier=DOSSIER, state=DocumentState.NEEDS_REVIEW)
    assert face("whoami").id == "mot-cua"
    found = face.all("documents", dossier=DOSSIER, limit=1)
    assert len(found) == 2
    told = face("document", document, include=("fields", "pages", "versions", "signatures"))
    assert (told.dossier, told.fields["code_number"].value, told.standing.kind) == (DOSSIER, "12", "in_force")
    assert len(told.page_list) == len(told.versions) == 1
    assert face("fields", document, only=("code_number",)).fields.keys() == {"code_number"}
    assert "Cấp giấy phép xây dựng" in face("text_of", document)
    assert document in {each.document for each in face.all("search", "giay phep")}
    done = face("download_copy", document, tmp_path / "bản sao.pdf")
    assert hashlib.sha256((tmp_path / "bản sao.pdf").read_bytes()).hexdigest() == done.sha256 == told.copy.sha256
    assert done.standing == "in_force"
    dossier = face("dossier", DOSSIER)
    assert (dossier.documents, dossier.needs_review) == (2, 1)
    assert [each.code for each in face.all("dossiers", begins="H42.12-")] == [DOSSIER]


def test_files_are_handed_in_and_followed(face: Face, office: Office, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("đơn.png", "giấy tờ.png")]
    for number, file in enumerate(files):
        file.write_bytes(picture(number))
    batch = face("hand_in", files, dossier=DOSSIER, lane="bulk")
    assert (batch.dossier, batch.files.total, batch.is_done) == (DOSSIER, 2, False)
    assert {each.name: each.sha256 for each in face.all("sources", batch.id, limit=1)} == {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files
    }
    assert face("batch", batch.id).created_at == batch.created_at
    assert [each.id for each in face.all("batches", dossier=DOSSIER)] == [batch.id]
    digest = hashlib.sha256(files[0].read_bytes()).hexdigest()
    face("download_source", batch.id, digest, tmp_path / "lại.png")
    assert (tmp_path / "lại.png").read_bytes() == files[0].read_bytes()


def test_what_happens_is_told_and_what_lies_in_depositories(face: Face, office: Office, tmp_path: Path) -> None:
    document = shelve(office)
    mine = open_street(office).held["mine"]
    told = face.all("events")
    assert {each.document for each in told if each.kind == "document.completed"} == {document}
    assert [each.number for each in told] == sorted(each.number for each in told)
    assert face.all("events", after=told[-1].number) == []
    with pytest.raises(Forbidden):  # the dossier is not this owner's
        face.all("depository", "cccd", LAN)
    face.basis = "law"
    held = {each.holding: each for each in face.all("depository", "cccd", LAN, limit=1)}
    assert held[mine.id].document == mine.document
    done = face("download_holding", "cccd", LAN, mine.id, tmp_path / "giấy tờ.pdf")
    assert done.sha256 == held[mine.id].file.sha256
    with pytest.raises(NotFound):
        face("reusable", "cccd", LAN, procedure="1.000000")


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.SLOW, Fault.BUSY_BEFORE])
def test_whatever_request_is_struck_a_batch_is_made_once(
    office: Office, network: tuple[str, Plan], tmp_path: Path, fault: Fault
) -> None:
    """Each request of a handing-in is struck in its turn; the batch is made all the same, and once."""
    address, plan = network
    name, secret = registered(office)
    file = tmp_path / "đơn.png"
    for number in itertools.count(1):
        file.write_bytes(picture(number))
        plan.begin(fault, number)
        seconds = SLOW_SECONDS * 0.8 if fault is Fault.SLOW else 30.0
        retry = Retry(attempts=8, first_seconds=0.1, most_seconds=1.0) if fault is Fault.SLOW else QUICK
        with Sohoa(address, client_id=name, client_secret=secret, retry=retry, timeout=seconds) as client:
            batch = client.hand_in([file])
        kept = office.services.batches.load(BatchId(batch.id))
        assert kept is not None
        assert [each.sha256 for each in kept.sources] == [hashlib.sha256(file.read_bytes()).hexdigest()]
        if plan.requests < number:  # nothing was struck any more
            break
    assert number > 6
    assert len(office.services.library.batches(limit=99)) == number


def test_a_piece_that_was_spoilt_on_its_way_is_sent_again(
    office: Office, network: tuple[str, Plan], tmp_path: Path
) -> None:
    address, plan = network
    name, secret = registered(office)
    file = tmp_path / "đơn.png"
    file.write_bytes(picture(1))
    impatient = Retry(patience_seconds=1)
    with Sohoa(address, client_id=name, client_secret=secret, retry=impatient) as client:
        plan.begin(Fault.REQUEST_FLIPPED, 5)
        batch = client.hand_in([file])
        assert [each for each in plan.log if "PATCH" in each] == [plan.log[4]] * 2
        (source,) = client.sources(batch.id)
    assert source.sha256 == hashlib.sha256(picture(1)).hexdigest()


def test_a_file_that_is_no_paper_is_told_by_name(face: Face, tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"no paper at all")
    (tmp_path / "y.pdf").write_bytes(b"")
    for name, code in (("x.pdf", "source.unknown_type"), ("y.pdf", "source.empty")):
        with pytest.raises(FileRefused) as raised:
            face("hand_in", [tmp_path / name])
        assert (raised.value.path, raised.value.code) == (tmp_path / name, code)


def test_a_download_that_breaks_goes_on_and_one_that_is_spoilt_is_not_kept(
    face: Face, office: Office, network: tuple[str, Plan], tmp_path: Path
) -> None:
    document = shelve(office)
    folder = tmp_path / "lấy về"
    folder.mkdir()
    plan, to = network[1], folder / "x.pdf"
    face("whoami")
    plan.begin(Fault.TRUNCATED, 1)
    done = face("download_copy", document, to)
    assert (plan.requests, to.stat().st_size) == (2, done.size)
    before = to.read_bytes()
    plan.begin(Fault.ANSWER_FLIPPED, 1)
    with pytest.raises(DigestMismatch):
        face("download_copy", document, to)
    plan.begin(Fault.TRUNCATED, 1, always=True)
    with pytest.raises((Unreachable, DigestMismatch)):
        face("download_copy", document, to)
    assert to.read_bytes() == before
    assert list(folder.iterdir()) == [to]


def test_an_answer_that_was_spoilt_is_not_believed(face: Face, office: Office, network: tuple[str, Plan]) -> None:
    shelve(office, dossier=DOSSIER)
    face("whoami")
    network[1].begin(Fault.ANSWER_FLIPPED, 1)
    with pytest.raises(DigestMismatch):
        face("dossier", DOSSIER)


def test_an_ended_token_is_renewed_without_anybody_noticing(face: Face, office: Office) -> None:
    assert face("whoami").id == "mot-cua"
    office.services.access_tokens.revoke(ClientId("mot-cua"))
    assert face("whoami").id == "mot-cua"


def test_refusals_are_told_apart(office: Office, address: str) -> None:
    name, secret = registered(office, ApiScope.BATCHES_READ, ApiScope.DOCUMENTS_READ)
    document = shelve(office)
    with Sohoa(address, client_id=name, client_secret=secret, retry=QUICK, language="en") as client:
        with pytest.raises(ScopeNeeded) as raised:
            client.dossier(DOSSIER)
        assert raised.value.about.details == {"scope": "dossiers:read"}
        with pytest.raises(PurposeNeeded):
            client.document(document)
        with pytest.raises(NotFound) as missing:
            client.batch(f"b-{'0' * 24}")
        assert set(missing.value.about.messages) == {"vi", "en"}
        assert str(missing.value).startswith(missing.value.about.messages["en"])
        with pytest.raises(BadInput):
            client.batch("no such form")
    with Sohoa(address, token="of nobody") as client, pytest.raises(TokenNeeded):
        client.whoami()
    with Sohoa("http://127.0.0.1:9", token="x", retry=QUICK) as client, pytest.raises(Unreachable):
        client.whoami()


def test_many_tasks_share_one_token(office: Office, network: tuple[str, Plan]) -> None:
    name, secret = registered(office)
    address, plan = network

    async def ask() -> set[str]:
        async with AsyncSohoa(address, client_id=name, client_secret=secret) as client:
            return {each.id for each in await asyncio.gather(*(client.whoami() for _ in range(20)))}

    assert asyncio.run(ask()) == {name}
    assert sum("oauth/token" in each for each in plan.log) == 1


def test_purposes_of_tasks_side_by_side_are_their_own(office: Office, address: str) -> None:
    document = shelve(office, agency=OURS)
    name, secret = registered(office)

    async def look(client: AsyncSohoa, who: str) -> None:
        with client.purpose("Kiểm tra", requester=who, basis="law"):
            await asyncio.sleep(0)
            await client.document(document)

    async def ask() -> None:
        async with AsyncSohoa(address, client_id=name, client_secret=secret) as client:
            await asyncio.gather(*(look(client, f"người {number}") for number in range(5)))

    asyncio.run(ask())
    entries: list[Any] = list(office.services.trail.entries(limit=99))
    asked = [each.deed.details["requester"] for each in entries if "requester" in each.deed.details]
    assert sorted(asked) == [f"người {number}" for number in range(5)]
