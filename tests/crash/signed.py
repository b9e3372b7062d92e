"""What is to be said of a signed file: by the product's own validator, and by poppler, which shares no code with it."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import tempfile
from pathlib import Path

from app.settings import Settings
from app.signers import trust_of
from pipeline.domain.signature import Verdict
from signing.validate import Validator
from tests.e2e.office import Office

GOOD = "continues True, signatures 1 more, all of them valid here and to poppler"


class Opinions:
    """Judges the signed files of an office by what it trusts."""

    def __init__(self, office: Office) -> None:
        self._validator = Validator(trust=trust_of(Settings(home=office.home)))

    def of(self, data: bytes, *, before: bytes) -> str:
        """Say whether a version begins with the one before, byte for byte, has one signature more, and all are valid."""
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(data)
            file.flush()
            ours = self._validator.validate(Path(file.name), at=dt.datetime.now(dt.UTC))
            theirs = _poppler(Path(file.name))
        added = data.count(b"/ByteRange") - before.count(b"/ByteRange")
        valid = {each.verdict for each in ours.signatures} == {ours.verdict} == {Verdict.VALID}
        if valid and theirs == ["Signature is Valid."] * len(ours.signatures):
            opinion = "all of them valid here and to poppler"
        else:
            opinion = f"{ours.verdict.value} {ours.reason} here, {theirs} to poppler"
        return f"continues {data.startswith(before)}, signatures {added} more, {opinion}"


def _poppler(file: Path) -> list[str]:
    """Return its verdict on each signature; whom to trust is not asked of it."""
    done = subprocess.run(["pdfsig", "-nocert", str(file)], check=False, capture_output=True, text=True)
    return re.findall(r"Signature Validation: (.*)", done.stdout)
