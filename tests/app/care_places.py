"""Installations that are well until a vandal comes: their settings, databases and stores."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.cli import main as command_line
from pipeline.domain.fixity import StoreName
from tests.servers.postgres import PostgresServer
from tests.servers.rados_gateway import S3Server
from tests.storage.stores_in_care import Vandal, bucket_store, folder_store


@dataclass
class Place:
    """An installation: its settings, its database as a vandal reaches it, its store."""

    home: Path
    settings: dict[str, str]
    execute: Callable[[str], None]
    vandal: Vandal
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    said: str = ""
    """what the last command wrote to stderr"""
    out: str = ""
    """and to stdout"""

    def run(self, *words: str | Path) -> int:
        with self.monkeypatch.context() as variables:
            for name, value in {"SOHOA_HOME": str(self.home), **self.settings}.items():
                variables.setenv(name, value)
            self.capsys.readouterr()
            code = command_line.main(["--language", "vi", *map(str, words)])
        captured = self.capsys.readouterr()
        self.said = captured.err
        self.out = captured.out
        return code

    def verdict(self, *words: str) -> dict[str, Any]:
        code = self.run("verify", "--all", "--json", *words)
        assert self.out, self.said
        told: dict[str, Any] = json.loads(self.out)
        assert code == (0 if told["sound"] else 1)
        return told

    def url(self) -> str:
        return self.settings.get("SOHOA_RECORDS__URL") or f"sqlite:///{self.home / 'sohoa.db'}"


@dataclass
class Places:
    """Makes installations: one machine with SQLite and a folder, or PostgreSQL and S3."""

    request: pytest.FixtureRequest
    folder: Path

    def make(self, name: str, kind: str, *, mirrored: bool = False) -> Place:
        home = self.folder / name
        home.mkdir()
        settings = {"SOHOA_FIXITY__STRAY_HOURS": "0"}
        if kind == "one machine":
            _, vandal = folder_store(StoreName.STORE, home / "archive")
            execute = self._sqlite(home / "sohoa.db")
        else:
            server: S3Server = self.request.getfixturevalue("s3_server")
            _, vandal = bucket_store(StoreName.STORE, server, home)
            postgres: PostgresServer = self.request.getfixturevalue("postgres")
            url = postgres.new_database()
            execute = self._postgres(url)
            settings |= {
                "SOHOA_RECORDS__URL": url,
                "SOHOA_STORE__KIND": "s3",
                "SOHOA_STORE__ENDPOINT": server.endpoint,
                "SOHOA_STORE__BUCKET": vandal.bucket,  # type: ignore[attr-defined]
                "SOHOA_STORE__REGION": server.region,
                "SOHOA_STORE__ACCESS_KEY": server.access_key,
                "SOHOA_STORE__SECRET_KEY": server.secret_key,
                "SOHOA_STORE__SECURE": "false",
            }
        if mirrored:
            settings |= {"SOHOA_MIRROR__KIND": "folder", "SOHOA_MIRROR__FOLDER": str(self.folder / f"{name} mirror")}
        return Place(
            home,
            settings,
            execute,
            vandal,
            self.request.getfixturevalue("capsys"),
            self.request.getfixturevalue("monkeypatch"),
        )

    @staticmethod
    def _sqlite(file: Path) -> Callable[[str], None]:
        def execute(statement: str) -> None:
            with sqlite3.connect(file) as connection:
                connection.execute(statement)
            connection.close()

        return execute

    @staticmethod
    def _postgres(url: str) -> Callable[[str], None]:
        def execute(statement: str) -> None:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(statement)

        return execute
