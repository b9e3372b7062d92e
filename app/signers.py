"""Which key signs for whom, and whom this installation believes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from app.looks import texts_of
from app.named_signers import Ask, choose, nobody_to_ask, open_named, picture_of
from app.setting_groups import SignerKind
from app.settings import Settings
from app.tracing import record
from pipeline.domain.signature import SignerRole
from pipeline.domain.signing_errors import DevelopmentKeyInProduction, KeyUnusable
from pipeline.ports import Clock
from pipeline.signing_ports import Completer, Signer
from signing.development import DEVELOPMENT_MARK, DevelopmentAuthority, ensure_development_authority
from signing.policy import Renewer, SigningPolicy
from signing.policy import open_completer as completer
from signing.policy import open_renewer as renewer
from signing.signer_pkcs12 import open_pkcs12
from signing.time_stamps import PlainTimeStamps, open_time_stamps
from signing.timestamp_server import open_authority, serve_timestamps
from signing.trust import TrustAnchors, load_trust
from signing.trust_bundle import anchors_of, read_bundle


def prepare_trust(settings: Settings, *, clock: Clock) -> None:
    """Make this home's development authority at first run, where it may be used and no other key is named."""
    if not settings.signing.production and settings.signing.key_file is None:
        ensure_development_authority(development_folder(settings), now=clock.now())


def trust_of(settings: Settings) -> TrustAnchors:
    """Return whom this installation believes: the bundle, the trust folder and, outside production, the development authority.

    Raises:
        TrustRefused, BadSettings: the bundle, or a file in the trust folder, cannot be read.
    """
    trust = anchors_of(read_bundle(bundle_file(settings))) + load_trust(settings.trust_folder)
    folder = development_folder(settings)
    if settings.signing.production or not folder.is_dir():
        return trust
    return trust + DevelopmentAuthority(folder).trust


def bundle_file(settings: Settings) -> Path:
    """Return where this installation keeps its bundle of trust anchors."""
    return settings.trust_folder / "bundle.json"


@contextlib.contextmanager
def open_signer(
    settings: Settings, *, role: SignerRole, clock: Clock, name: str | None = None, ask: Ask = nobody_to_ask
) -> Iterator[Signer]:
    """Open the signer for a role.

    That is the signer of that name in the settings, else the one defined for the role, else the key file of the settings, else the
    development authority's key for the role; with that comes its own time-stamp authority, on loopback while the signer is open.

    Raises:
        BadSettings, KeyUnusable, SignerUnavailable, DevelopmentKeyInProduction
    """
    signing = settings.signing
    chosen = choose(settings, role, name)
    with contextlib.ExitStack() as stack:
        policy = _policy(settings, clock)
        if chosen is not None:
            _, signer = chosen
            policy = replace(policy, picture=picture_of(signer, role))
            yield stack.enter_context(open_named(signer, policy, ask))
            return
        if signing.key_file is not None:
            key_file, passphrase = signing.key_file, _passphrase(signing.passphrase_file)
        else:
            if signing.production:
                raise DevelopmentKeyInProduction
            authority = ensure_development_authority(development_folder(settings), now=clock.now())
            key_file, passphrase = authority.key_file(role), _passphrase(authority.passphrase_file(role))
            policy = _with_own_timestamps(policy, authority, clock, stack)
        policy = replace(policy, trust=trust_of(settings))
        yield stack.enter_context(open_pkcs12(key_file, passphrase, policy=policy))


@contextlib.contextmanager
def open_renewer(settings: Settings, *, clock: Clock) -> Iterator[Renewer]:
    """Open what renews the archive time stamps of signed documents, with the same authorities as `open_signer`.

    Raises:
        SigningFailed: no time-stamp authority is named.
    """
    with _stamping(settings, clock) as policy, renewer(policy, now=clock.now) as renew:
        yield renew


@contextlib.contextmanager
def open_completer(settings: Settings, *, clock: Clock) -> Iterator[Completer]:
    """Open what raises waiting documents to their level, with the same authorities as `open_signer`.

    Raises:
        SigningFailed: no time-stamp authority is named.
    """
    with _stamping(settings, clock) as policy, completer(policy, now=clock.now) as complete:
        yield complete


@contextlib.contextmanager
def open_stamps(settings: Settings, *, clock: Clock) -> Iterator[PlainTimeStamps | None]:
    """Open what makes time stamps for other things than signatures, with the same authorities; None: there is none."""
    with _stamping(settings, clock) as policy, open_time_stamps(policy) as stamps:
        yield stamps if policy.timestamp_urls else None


@contextlib.contextmanager
def open_stamp_judge(settings: Settings, *, clock: Clock) -> Iterator[PlainTimeStamps]:
    """Open what judges such time stamps; it asks nobody."""
    with open_time_stamps(replace(_policy(settings, clock), timestamp_urls=())) as stamps:
        yield stamps


@contextlib.contextmanager
def _stamping(settings: Settings, clock: Clock) -> Iterator[SigningPolicy]:
    signing = settings.signing
    with contextlib.ExitStack() as stack:
        policy = _policy(settings, clock)
        if signing.key_file is None and not signing.production and not policy.timestamp_urls:
            authority = ensure_development_authority(development_folder(settings), now=clock.now())
            policy = replace(_with_own_timestamps(policy, authority, clock, stack), trust=trust_of(settings))
        yield policy


def _policy(settings: Settings, clock: Clock) -> SigningPolicy:
    signing = settings.signing
    urls = (signing.timestamp_url, *signing.other_timestamp_urls)
    return SigningPolicy(
        trust=trust_of(settings),
        production=signing.production,
        timestamp_urls=tuple(url for url in urls if url),
        timestamp_seconds=signing.timestamp_seconds,
        timestamp_rounds=signing.timestamp_rounds,
        ask_authorities=signing.ask_authorities,
        texts=texts_of(settings),
        now=clock.now,
        on_stamp=lambda seconds: record("time stamp", seconds=seconds),
    )


def _with_own_timestamps(
    policy: SigningPolicy, authority: DevelopmentAuthority, clock: Clock, stack: contextlib.ExitStack
) -> SigningPolicy:
    if policy.timestamp_urls:
        return policy
    return replace(policy, timestamp_urls=(stack.enter_context(_own_timestamps(authority, clock)),))


def key_note(settings: Settings) -> str:
    """Say which key signs here.

    Raises:
        KeyUnusable: the key file or its passphrase file cannot be read.
        DevelopmentKeyInProduction: there is no other key, and the settings say production.
    """
    signing = settings.signing
    if signing.key_file is None:
        if signing.production:
            raise DevelopmentKeyInProduction
        return DEVELOPMENT_MARK
    with open_pkcs12(
        signing.key_file,
        _passphrase(signing.passphrase_file),
        policy=SigningPolicy(trust=trust_of(settings), production=signing.production),
    ) as signer:
        return signer.name


def named_note(settings: Settings, name: str) -> str:
    """Say whose key a signer of the settings is: by its certificate where that opens without anybody, else by where it is kept.

    Raises:
        KeyUnusable: its file, or that of its secret, cannot be read.
        DevelopmentKeyInProduction
    """
    signer = settings.signers[name]
    if signer.kind is not SignerKind.PKCS12 or signer.key_file is None:
        return signer.kind.value
    if signer.secret_file is None:  # its passphrase is asked for when it signs
        try:
            signer.key_file.read_bytes()
        except OSError as error:
            raise KeyUnusable(reason="not_readable", file=str(signer.key_file)) from error
        return signer.kind.value
    policy = SigningPolicy(trust=trust_of(settings), production=settings.signing.production)
    with open_named(signer, policy, nobody_to_ask) as opened:
        return opened.name


def own_holder(settings: Settings, role: SignerRole, *, clock: Clock) -> str:
    """Return the name in the certificate of the key that signs in a role where no signer is defined for it.

    Raises:
        KeyUnusable: the key file or its passphrase file cannot be read.
        DevelopmentKeyInProduction: there is no other key, and the settings say production.
    """
    if settings.signing.key_file is not None:
        return key_note(settings)
    if settings.signing.production:
        raise DevelopmentKeyInProduction
    authority = ensure_development_authority(development_folder(settings), now=clock.now())
    policy = SigningPolicy(trust=trust_of(settings), production=False)
    with open_pkcs12(authority.key_file(role), _passphrase(authority.passphrase_file(role)), policy=policy) as signer:
        return signer.name


def development_folder(settings: Settings) -> Path:
    """Return the folder of the development authority."""
    return settings.home / "development-authority"


@contextlib.contextmanager
def _own_timestamps(authority: DevelopmentAuthority, clock: Clock) -> Iterator[str]:
    passphrase = _passphrase(authority.time_stamp_passphrase_file)
    stamps = open_authority(authority.time_stamp_key_file, passphrase, now=clock.now)
    with serve_timestamps(stamps) as url:
        yield url


def _passphrase(file: Path | None) -> bytes:
    if file is None:
        raise KeyUnusable(reason="no_passphrase_file")
    try:
        return file.read_bytes().splitlines()[0]
    except (OSError, IndexError) as error:
        raise KeyUnusable(reason="passphrase_file_unreadable", file=str(file)) from error
