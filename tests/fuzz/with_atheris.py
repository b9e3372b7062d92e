"""Fuzz one target with atheris: `python -m tests.fuzz.with_atheris TARGET SECONDS FOLDER`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["pipeline", "signing", "web"]):
    from tests.fuzz.targets import CORPUS, TARGETS


def main(name: str, seconds: str, folder: str) -> None:
    """Fuzz until the time is over or something breaks; the process ends here."""
    options = [f"-max_total_time={seconds}", "-max_len=65536", "-timeout=20", "-rss_limit_mb=2048", "-verbosity=0"]
    arguments = [sys.argv[0], *options, f"-artifact_prefix={folder}/", folder, str(CORPUS / name)]
    if TARGETS[name].text:
        arguments.insert(1, "-only_ascii=0")
    atheris.Setup(arguments, TARGETS[name].try_bytes)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:4])
