"""Where nothing is sent to, however it is written down or looked up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.webhook_settings import WebhookSettings
from app.webhooks.destinations import Destinations
from pipeline.domain.webhook import SendFault
from pipeline.domain.webhook_errors import WebhookAddressRefused


def destinations(*found: str, **settings: object) -> Destinations:
    def resolve(host: str, port: int) -> Sequence[str]:
        del host, port
        if not found:
            raise OSError("no such host")
        return found

    return Destinations(WebhookSettings.model_validate({"hosts": ("*",), **settings}), resolve=resolve)


def refused(address: str, **settings: object) -> str:
    with pytest.raises(WebhookAddressRefused) as raised:
        destinations("1.1.1.1", **settings).destination(address)
    return str(raised.value.details["problem"])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://events.example.vn/",
        "https://",
        "https:///path",
        "https://lan:secret@events.example.vn/",
        "https://events.example.vn@inner.example.vn/",
        "https://events.example.vn\\@inner.example.vn/",
        "https://events.example.vn/#part",
        "https://events.example.vn:0/",
        "https://events.example.vn:99999/",
        "https://events.example.vn:port/",
        "https://ví-dụ.vn/",
        "https://events.example.vn/ path",
        "https://events.example.vn/\r\nHost: inner",
        "https://events_example.vn%2f/",
        "https://[::1%25eth0]/",
        "https://[::1/",
        "https://events.example.vn/" + "a" * 2000,
        "javascript://events.example.vn/%0aalert(1)",
    ],
)
def test_addresses_of_another_form_are_refused(address: str) -> None:
    assert refused(address) == SendFault.FORM


def test_only_tls_only_named_hosts_and_ports() -> None:
    assert refused("http://events.example.vn/") == SendFault.HTTPS
    assert refused("https://events.example.vn:8443/") == SendFault.PORT
    assert refused("https://events.example.vn/", hosts=()) == SendFault.HOST
    assert refused("https://example.vn/", hosts=("*.example.vn",)) == SendFault.HOST
    assert refused("https://evilexample.vn/", hosts=("*.example.vn",)) == SendFault.HOST
    assert refused("https://events.example.vn.evil.vn/", hosts=("*.example.vn", "events.example.vn")) == SendFault.HOST
    assert refused("http://other.example.vn/", plain=("events.example.vn",)) == SendFault.HTTPS
    found = destinations("1.1.1.1", hosts=("*.example.vn",), ports=(443, 8443)).destination(
        "https://Events.Example.vn:8443/hook?a=1&b=2"
    )
    assert (found.host, found.port, found.target) == ("events.example.vn", 8443, "/hook?a=1&b=2")
    assert found.authority == "events.example.vn:8443"


INNER = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.1.2.3",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:1.1.1.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2001:0:7f00:1::",
    "2002:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("inner", INNER)
def test_inner_addresses_are_refused(inner: str) -> None:
    assert destinations(inner).addresses("events.example.vn", 443) is SendFault.INNER
    # one public address beside it excuses nothing
    assert destinations("1.1.1.1", inner).addresses("events.example.vn", 443) is SendFault.INNER


@pytest.mark.parametrize("inner", [each for each in INNER if "%" not in each])
def test_inner_addresses_are_refused_as_hosts_too(inner: str) -> None:
    host = f"[{inner}]" if ":" in inner else inner
    assert refused(f"https://{host}/") == SendFault.INNER


@pytest.mark.parametrize("odd", ["127.1", "2130706433", "0x7f.1", "017700000001", "0x7f000001"])
def test_numbers_that_some_programs_take_for_addresses_are_looked_up_and_judged(odd: str) -> None:
    assert destinations("127.0.0.1").addresses(odd, 443) is SendFault.INNER


@pytest.mark.parametrize("public", ["1.1.1.1", "2606:4700:4700::1111", "8.8.8.8"])
def test_public_addresses_are_allowed(public: str) -> None:
    (found,) = destinations(public).addresses("events.example.vn", 443)
    assert str(found) == public


def test_networks_that_the_settings_name_are_allowed() -> None:
    allowing = destinations("10.20.3.4", "fd00:20::1", networks=("10.20.0.0/16", "fd00:20::/32"))
    assert [str(each) for each in allowing.addresses("events.example.vn", 443)] == ["10.20.3.4", "fd00:20::1"]
    assert destinations("10.21.0.1", networks=("10.20.0.0/16",)).addresses("a", 443) is SendFault.INNER
    # a network of IPv4 opens no other way to it
    carried = destinations("::ffff:10.20.3.4", networks=("10.20.0.0/16",))
    assert carried.addresses("events.example.vn", 443) is SendFault.INNER


def test_what_cannot_be_looked_up() -> None:
    assert destinations().addresses("events.example.vn", 443) is SendFault.NAME
    assert destinations("no address").addresses("events.example.vn", 443) is SendFault.NAME
