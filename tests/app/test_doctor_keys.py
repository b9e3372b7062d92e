"""`sohoa doctor` where named signers sign, as docs/how-to/sign-with-real-keys.md sets them up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.test_system_report import key_file
from tests.e2e.office import Office

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]


def key_findings(office: Office) -> dict[str, tuple[str, str, str]]:
    """Return what is said of keys: health, detail and remedy by `check` and name."""
    told: list[dict[str, Any]] = json.loads(office.run("doctor", "--json").stdout)
    kept = [each for each in told if each["check"] in {"key", "signer"}]
    return {f"{each['check']} {each['of']}".strip(): (each["health"], each["detail"], each["remedy"]) for each in kept}


def test_named_signers_are_looked_at_each_by_itself(tmp_path: Path) -> None:
    file, _ = key_file(tmp_path)
    (tmp_path / "right").write_text("geheim\n", encoding="utf-8")
    (tmp_path / "wrong").write_text("other\n", encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    (home / "sohoa.toml").write_text(
        f"""language = "en"
[signing]
production = true
[signers.agency]
kind = "pkcs12"
key_file = "{file}"
secret_file = "{tmp_path}/right"
[signers.chairman]
kind = "agent"
[signers.old]
kind = "pkcs12"
key_file = "{file}"
secret_file = "{tmp_path}/wrong"
[signers.typed]
kind = "pkcs12"
key_file = "{tmp_path}/away.p12"
""",
        encoding="utf-8",
    )
    found = key_findings(Office(home=home))
    assert found.keys() == {"signer agency", "signer chairman", "signer old", "signer typed"}
    assert found["signer agency"] == ("ok", "Nguyễn Văn Ký", "")
    assert found["signer chairman"][0] == "ok"
    assert (found["signer old"][0], found["signer typed"][0]) == ("problem", "problem")
    assert "[signers.old]" in found["signer old"][2]


def test_production_without_any_key_is_a_problem(tmp_path: Path) -> None:
    found = key_findings(Office(home=tmp_path / "home", settings={"SOHOA_SIGNING__PRODUCTION": "true"}))
    assert {name: each[0] for name, each in found.items()} == {"key": "problem"}
