"""Which files an installation needs and no backup holds: keys, secrets, and what an administrator wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.secret_box import small_secrets_file
from app.settings import FILE_NAME, SYSTEM_FILE, Settings, named_groups, setting_names
from app.signers import development_folder

_SECRET = ("key_file", "secret_file", "passphrase_file", "token_file", "tls_key")
"""how settings end that name a secret"""
_CONTENT = ("store.folder", "mirror.folder", "intake.folder", "indices.reports")
"""folders that are no settings: what is kept in them, or can be made again"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A file or folder that has to be kept elsewhere."""

    path: Path
    setting: str
    """dotted name of the setting, or what the file is"""
    is_secret: bool


def elsewhere(settings: Settings) -> tuple[Elsewhere, ...]:
    """Return what is there of them, in the order of the settings, the home folder's own last."""
    own = (
        (SYSTEM_FILE, "settings", True),
        (settings.home / FILE_NAME, "settings", True),
        (small_secrets_file(settings), "small_secrets", True),
        (development_folder(settings), "development_authority", True),
        (settings.trust_folder, "signing.trust_folder", False),
    )
    found: dict[Path, Elsewhere] = {}
    for path, name, is_secret in (*_named(settings), *own):
        if path.exists():
            found.setdefault(path.absolute(), Elsewhere(path=path.absolute(), setting=name, is_secret=is_secret))
    return tuple(found.values())


def elsewhere_json(files: tuple[Elsewhere, ...]) -> str:
    """Return them as JSON."""
    values = [{"path": str(each.path), "setting": each.setting, "secret": each.is_secret} for each in files]
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def _named(settings: Settings) -> Iterator[tuple[Path, str, bool]]:
    for name in setting_names(named=named_groups(settings)):
        value: object = settings
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else getattr(value, part, None)
        if isinstance(value, Path) and name != "home" and name not in _CONTENT and not name.startswith("watch."):
            yield value, name, name.endswith(_SECRET)
