"""A proxy that ends TLS in front of an office, and tells it of the caller's certificate (RFC 9440), as nginx or HAProxy would."""

from __future__ import annotations

import base64
import contextlib
import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.servers.certificates import Authority


class _Handler(http.server.BaseHTTPRequestHandler):
    behind: httpx.Client

    def do_GET(self) -> None:
        self._forward(b"")

    def do_POST(self) -> None:
        self._forward(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _forward(self, body: bytes) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {"host", "client-cert"}}
        certificate = self.connection.getpeercert(binary_form=True)
        if certificate:
            headers["Client-Cert"] = f":{base64.b64encode(certificate).decode()}:"
        headers |= {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        answer = self.behind.request(self.command, self.path, headers=headers, content=body)
        self.send_response(answer.status_code)
        for name in ("Content-Type", "WWW-Authenticate"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - signature of the base
        """Say nothing."""


@contextlib.contextmanager
def tls_proxy(behind: str, *, authority: Authority, folder: Path) -> Iterator[str]:
    """Run a proxy on a free port of loopback, with a certificate of the authority, and give its address."""
    (folder / "proxy-authority.pem").write_bytes(authority.own.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("proxy").write(folder, "proxy"))
    context.load_verify_locations(folder / "proxy-authority.pem")
    context.verify_mode = ssl.CERT_OPTIONAL
    with httpx.Client(timeout=60, base_url=behind, trust_env=False) as client:
        handler = type("Handler", (_Handler,), {"behind": client})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
