"""How the process that serves pages listens."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.web_settings import WebSettings
from pipeline.domain.errors import BadSettings
from web.application import create_app
from web.certificates import CertificateProtocol, ClientCertificates
from web.office import Office

_GRACE_SECONDS = 5
"""that requests in the middle have when the process is told to stop; streams of progress would go on for ever"""


def server_options(office: Office) -> dict[str, Any]:
    """Return what uvicorn is told to serve an office: with TLS where there is a certificate, otherwise a proxy in front ends it.

    Raises:
        BadSettings: the files for TLS cannot be used.
    """
    web = office.settings.web
    behind_proxies = ProxyHeadersMiddleware(create_app(office), list(web.proxies))  # type: ignore[arg-type] # uvicorn's own names of the same types
    return {
        "app": ClientCertificates(behind_proxies, proxies=web.proxies),  # type: ignore[arg-type] # likewise
        "host": web.host,
        "port": web.port,
        "http": CertificateProtocol,
        "ws": "none",
        "proxy_headers": False,  # above, where whoever connects is still known
        "access_log": False,  # addresses of pages name papers and people; the audit trail says who looked at what
        "server_header": False,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
        "log_config": None,
        **_tls(web),
    }


def _tls(web: WebSettings) -> dict[str, Any]:
    if web.tls_certificate is None or web.tls_key is None:
        return {}
    _refuse_unusable(web.tls_certificate, web.tls_key, web.client_ca)
    own = {"ssl_certfile": str(web.tls_certificate), "ssl_keyfile": str(web.tls_key)}
    if web.client_ca is None:
        return own
    # a certificate that is presented has to be one of the authority's; people's browsers present none
    return {**own, "ssl_ca_certs": str(web.client_ca), "ssl_cert_reqs": ssl.CERT_OPTIONAL}


def _refuse_unusable(certificate: Path, key: Path, client_ca: Path | None) -> None:
    """Try the files before anything listens: what is wrong with them is then said by the setting's name.

    Raises:
        BadSettings
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise BadSettings(name="web.tls_certificate", value=str(certificate), problem=str(error)) from error
    try:
        if client_ca is not None:
            context.load_verify_locations(client_ca)
    except (OSError, ssl.SSLError) as error:
        raise BadSettings(name="web.client_ca", value=str(client_ca), problem=str(error)) from error
