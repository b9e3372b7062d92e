"""Style sheets, scripts and pictures of our own."""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web.show import STATIC

_YEAR = 365 * 24 * 3600


class VersionedFiles(StaticFiles):
    """Serves files; browsers keep for good what they ask for by its version, and ask again for the rest."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file."""
        response = await super().get_response(path, scope)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if versioned else "no-cache"
        return response
