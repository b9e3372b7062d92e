"""Signers as the settings define them, through the product's own door; what opens their keys appears nowhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from app.cli import main as command_line
from app.cli.asking import remembered
from app.cli.context import Context, PlainConsole
from app.clock import SystemClock
from app.language import speaker
from app.named_signers import Secrets
from app.setting_groups import Language
from app.settings import Settings, load_settings
from app.signers import bundle_file, open_signer, trust_of
from pipeline.domain.errors import BadSettings, SohoaError
from pipeline.domain.signature import SignatureLevel, SignerRole, Verdict
from pipeline.domain.signing_errors import DevelopmentKeyInProduction, KeyUnusable
from pipeline.signing_ports import SignaturePlan
from signing.issuing import Identity
from signing.timestamp_server import serve_timestamps
from signing.trust_bundle import write_bundle
from signing.validate import Validator
from tests.fakes.author import CLERK
from tests.signing import csc_service, softhsm
from tests.signing.pki import NOW, Pki
from tests.signing.test_trust_bundle import records

PASSPHRASE = "gieo-mat-khau-8341"
WRONG = "gieo-sai-2277"
OFFICIAL = SignerRole.OFFICIAL


@pytest.fixture
def home(tmp_path: Path, pki: Pki, official: Identity, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A production home that believes the test authority, with secrets in files."""
    (home := tmp_path / "home").mkdir()
    secrets = {
        "good": PASSPHRASE,
        "wrong": WRONG,
        "pin": softhsm.PIN,
        "csc": csc_service.PIN,
        "bearer": csc_service.TOKEN,
    }
    for name, secret in secrets.items():
        (tmp_path / name).write_text(f"{secret}\n", encoding="utf-8")
    data = pkcs12.serialize_key_and_certificates(
        None, official.key, official.certificate, official.above, BestAvailableEncryption(PASSPHRASE.encode())
    )
    (tmp_path / "key.p12").write_bytes(data)
    monkeypatch.setenv("SOHOA_HOME", str(home))
    settings = load_settings({"SOHOA_HOME": str(home)}).settings
    write_bundle(bundle_file(settings), records(pki), made_at=NOW)
    return home


def configured(home: Path, text: str, *, production: bool = True) -> Settings:
    folder = home.parent
    content = f"[signing]\nproduction = {str(production).lower()}\n{text}".replace("FOLDER", str(folder))
    (home / "sohoa.toml").write_text(content, encoding="utf-8")
    return load_settings({"SOHOA_HOME": str(home)}).settings


FILE = '[signers.an]\nkind = "pkcs12"\nkey_file = "FOLDER/key.p12"\nsecret_file = "FOLDER/good"\n'


def signed(settings: Settings, pdf: Path, level: SignatureLevel = SignatureLevel.B_B, **which: object) -> Path:
    target = pdf.with_name("signed.pdf")
    with open_signer(settings, role=OFFICIAL, clock=SystemClock(), **which) as signer:  # type: ignore[arg-type]
        signer.sign(pdf, target, SignaturePlan(role=OFFICIAL, level=level, at=SystemClock().now()))
    return target


def is_valid(file: Path, settings: Settings) -> bool:
    verdict = Validator(trust=trust_of(settings)).validate(file, at=SystemClock().now())
    return verdict.verdict is Verdict.VALID


@pytest.mark.parametrize("level", list(SignatureLevel))
@pytest.mark.enable_socket
def test_a_file_signs_at_every_level(home: Path, pki: Pki, pdf: Path, level: SignatureLevel) -> None:
    with serve_timestamps(pki.timestamps(SystemClock().now)) as url:
        settings = configured(home, f'timestamp_url = "{url}"\n' + FILE)
        assert is_valid(signed(settings, pdf, level, name="an"), settings)


@pytest.mark.enable_socket
def test_the_second_authority_is_asked_when_the_first_is_down(home: Path, pki: Pki, pdf: Path) -> None:
    with serve_timestamps(pki.timestamps(SystemClock().now)) as url:
        addresses = f'timestamp_url = "http://127.0.0.1:9/"\nother_timestamp_urls = ["{url}"]\ntimestamp_seconds = 2\n'
        settings = configured(home, addresses + FILE)
        assert is_valid(signed(settings, pdf, SignatureLevel.B_T, name="an"), settings)


@pytest.fixture
def token(tmp_path: Path, official: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", str(softhsm.configure(tmp_path / "softhsm")))
    softhsm.make_token("Bút").put(official)


TOKEN = f'[signers.but]\nkind = "pkcs11"\nmodule = "{softhsm.LIBRARY}"\ntoken = "Bút"\nroles = ["official"]\n'


@pytest.mark.usefixtures("token")
def test_a_token_signs_for_its_role_without_being_named(home: Path, pdf: Path) -> None:
    settings = configured(home, TOKEN + 'secret_file = "FOLDER/pin"\n')
    assert is_valid(signed(settings, pdf), settings)


@pytest.mark.enable_socket
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_remote_service_signs(home: Path, official: Identity, pdf: Path, version: str) -> None:
    with csc_service.serve(csc_service.Service(official)) as url:
        settings = configured(
            home,
            f'[signers.xa]\nkind = "csc"\nurl = "{url}/{version}"\nversion = "{version}"\ncredential = "KEY-1"\n'
            'token_file = "FOLDER/bearer"\nsecret_file = "FOLDER/csc"\n',
        )
        assert is_valid(signed(settings, pdf, name="xa"), settings)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (FILE + 'roles = ["clerk"]\n', "an", KeyUnusable),
        (FILE.replace("good", "wrong"), "an", KeyUnusable),
        (FILE.replace("good", "missing"), "an", KeyUnusable),
        (FILE.replace('secret_file = "FOLDER/good"\n', ""), "an", KeyUnusable),
        (FILE, "ai", BadSettings),
        (FILE + 'roles = ["official"]\n' + FILE.replace(".an", ".ba") + 'roles = ["official"]\n', None, BadSettings),
        (FILE, None, DevelopmentKeyInProduction),
        ('[signers.an]\nkind = "agent"\n', "an", KeyUnusable),
    ],
)
def test_what_cannot_sign_says_why(
    home: Path, pdf: Path, text: str, name: str | None, expected: type[SohoaError]
) -> None:
    with pytest.raises(expected):
        signed(configured(home, text), pdf, name=name)
    assert not pdf.with_name("signed.pdf").exists()


@pytest.mark.parametrize("kind", ["pkcs12", "pkcs11", "csc"])
def test_a_signer_without_its_place_is_refused(home: Path, kind: str) -> None:
    with pytest.raises(BadSettings) as caught:
        configured(home, f'[signers.an]\nkind = "{kind}"\n')
    assert caught.value.details["name"] == "signers.an"


def test_the_person_is_asked_once_for_a_batch(home: Path, pdf: Path) -> None:
    asked: list[str] = []

    def ask(what: str) -> str:
        asked.append(what)
        return PASSPHRASE

    settings = configured(home, FILE.replace('secret_file = "FOLDER/good"\n', ""))
    assert is_valid(signed(settings, pdf, name="an", ask=ask), settings)
    assert asked == ["passphrase"]
    assert PASSPHRASE not in repr(Secrets(settings.signers["an"], ask))


def test_without_a_terminal_nobody_is_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    configured(home, FILE.replace('secret_file = "FOLDER/good"\n', ""))
    provenance = load_settings({"SOHOA_HOME": str(home)})
    context = Context(
        provenance=provenance,
        author=CLERK,
        say=speaker(Language.ENGLISH),
        out=PlainConsole(),
        err=PlainConsole(stderr=True),
    )
    with pytest.raises(KeyUnusable, match="passphrase_not_given"):
        remembered(OFFICIAL, "an", context)("passphrase")


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.mark.enable_socket
@pytest.mark.usefixtures("token")
def test_no_secret_appears_anywhere(  # noqa: PLR0917 -- fixtures
    home: Path,
    official: Identity,
    pdf: Path,
    capfd: pytest.CaptureFixture[str],
    everything_logged: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Good and bad ends of every kind of signer, at the lowest level of logging, and the commands that show settings and fail."""
    monkeypatch.setenv("SOHOA_LANGUAGE", "en")
    told: list[str] = []
    with ExitStack() as stack:
        url = stack.enter_context(csc_service.serve(csc_service.Service(official)))
        remote = (
            f'[signers.xa]\nkind = "csc"\nurl = "{url}/v2"\ncredential = "KEY-1"\ntoken_file = "FOLDER/bearer"\n'
            'secret_file = "FOLDER/csc"\n'
        )
        wrong = FILE.replace(".an", ".sai").replace("good", "wrong") + TOKEN.replace(".but", ".but2").replace(
            'roles = ["official"]', 'secret_file = "FOLDER/wrong"'
        )
        lost = remote.replace(".xa", ".xa2").replace("FOLDER/csc", "FOLDER/wrong")
        text = FILE + TOKEN + 'secret_file = "FOLDER/pin"\n' + remote + wrong + lost
        settings = configured(home, text)
        for name in settings.signers:
            try:
                signed(settings, pdf, name=name)
            except SohoaError as error:
                told += [str(error), repr(error), repr(error.__cause__)]
        for words in (
            ["settings"],
            ["settings", "--json"],
            ["trust", "list"],
            ["sign", "d-0", "--signer", "sai", "--role", "official"],
        ):
            command_line.main(words)
    told += [repr(settings), settings.model_dump_json(), *capfd.readouterr(), everything_logged.text]
    told += [path.read_text(encoding="utf-8", errors="replace") for path in home.rglob("*") if path.is_file()]
    planted = (PASSPHRASE, WRONG, softhsm.PIN, csc_service.PIN, csc_service.TOKEN)
    assert len(told) > 8
    assert [secret for secret in planted for text in told if secret in text] == []
