"""The arguments of the command about other systems that may ask."""

from __future__ import annotations

import argparse

from app.language import Say
from pipeline.domain.client import ApiScope, client_id
from pipeline.text.fold import nfc


def declare_client(client: argparse.ArgumentParser, say: Say) -> None:
    """Declare adding, listing, changing and disabling systems that may ask."""
    actions = ("list", "show", "add", "secret", "change", "disable", "enable")
    client.add_argument(
        "action", nargs="?", choices=actions, default="list", metavar="ACTION", help=say("help.client_action")
    )
    client.add_argument("id", nargs="?", type=client_id, metavar="ID", help=say("help.client_id"))
    client.add_argument("--name", type=nfc, metavar="NAME", help=say("help.client_name"))
    client.add_argument(
        "--scope",
        type=ApiScope,
        choices=list(ApiScope),
        action="append",
        default=[],
        metavar="SCOPE",
        help=say("help.client_scope"),
    )
    client.add_argument(
        "--agency", type=nfc, action="append", default=[], metavar="CODE", help=say("help.client_agency")
    )
    client.add_argument("--certificate", metavar="FILE", help=say("help.client_certificate"))
    client.add_argument("--subject", type=nfc, metavar="NAME", help=say("help.client_subject"))
    client.add_argument("--without-secret", action="store_true", help=say("help.client_without_secret"))
