"""Databases as earlier versions left them: brought to a step, and filled with what such a version wrote, in plain SQL."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

import storage.migrations
from storage.database import writing

BATCH, OTHER = "b-old", "b-received"
PAPER, LETTER = "d-old-1", "d-old-2"
DOSSIER = "H42.12-220801-0001"
MOMENT = "2026-01-31 01:30:00.123456"


def bring_to(engine: sa.Engine, step: str) -> None:
    """Bring an empty or older database to a step, as the version did whose newest step that was."""
    config = Config()
    config.set_main_option("script_location", str(Path(storage.migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, step)


def fill_at_0003(engine: sa.Engine) -> None:
    """Write every kind of record that step 0003 knows, as text that does not change when the product does."""
    is_sqlite = engine.dialect.name == "sqlite"
    moment = MOMENT if is_sqlite else f"{MOMENT}+00"
    script = _AT_0003 + (_WORDS_SQLITE if is_sqlite else _WORDS_POSTGRESQL)
    script = script.replace("MOMENT", f"'{moment}'").replace("TRUE", "1" if is_sqlite else "true")
    for digit in "123456abcdef":
        script = script.replace(f"sha-{digit}", digit * 64)
    with writing(engine) as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)


_AT_0003 = """
INSERT INTO batches (id, created_at, dossier, state) VALUES
 ('b-old', MOMENT, 'H42.12-220801-0001', 'digitized'),
 ('b-received', MOMENT, NULL, 'received');
INSERT INTO received_sources (batch, name, position, sha256, size, folder) VALUES
 ('b-old', 'bản quét.pdf', 0, 'sha-a', 21474836480, '/mnt/quét'),
 ('b-received', 'ảnh.jpg', 0, 'sha-b', 7, '');
INSERT INTO sources (batch, name, position, sha256, media_type, pages, state, error) VALUES
 ('b-old', 'bản quét.pdf', 0, 'sha-a', 'application/pdf', 3, 'digitized', NULL);
INSERT INTO pages
 (batch, source, number, position, state, reason, rotation, skew, document, confidence, codes) VALUES
 ('b-old', 'bản quét.pdf', 1, 0, 'kept', NULL, 90, 0.7, 'd-old-1', 0.97,
  '[{"kind": "qr", "text": "Nguyễn|", "box": [1.0, 2.5, 3.0, 4.0]}]'),
 ('b-old', 'bản quét.pdf', 2, 1, 'kept', NULL, 0, 0.0, 'd-old-2', 0.9, '[]'),
 ('b-old', 'bản quét.pdf', 3, 2, 'blank', 'no_ink', 0, 0.0, NULL, 0.0, '[]');
INSERT INTO documents
 (id, batch, position, dossier, type, type_confidence, state, copy_sha256, copy_size, copy_conformance, text_sha256,
  signed_source) VALUES
 ('d-old-1', 'b-old', 0, 'H42.12-220801-0001', 'quyet_dinh', 0.99, 'digitized', 'sha-c', 81234, '2u', 'sha-d', 'sha-a'),
 ('d-old-2', 'b-old', 1, NULL, 'cong_van', 0.5, 'needs_review', 'sha-e', 5, '2u', 'sha-f', NULL);
INSERT INTO document_pages (document, position, batch, source, number) VALUES
 ('d-old-1', 0, 'b-old', 'bản quét.pdf', 1),
 ('d-old-2', 0, 'b-old', 'bản quét.pdf', 2);
INSERT INTO fields
 (document, name, position, value, raw, confidence, page, box_left, box_top, box_right, box_bottom, origin, state,
  checks) VALUES
 ('d-old-1', 'subject', 0, '"Về việc cấp phép"', 'V/v cấp phép', 0.98, 1, 90.1, 96.0, 160.4, 108.2, 'ocr', 'read',
  '{"range": "passed"}'),
 ('d-old-1', 'recipients', 1, '["Như Điều 3", "Lưu: VT"]', 'Nơi nhận', 0.5, 1, NULL, NULL, NULL, NULL, 'signature',
  'needs_review', '{}');
INSERT INTO dossiers (batch, code, position) VALUES ('b-old', 'H42.12-220801-0001', 0);
INSERT INTO dossier_documents (batch, dossier, position, document) VALUES
 ('b-old', 'H42.12-220801-0001', 0, 'd-old-1');
INSERT INTO copy_versions
 (document, number, sha256, size, created_at, role, level, signer, proven_until, renewal_reason) VALUES
 ('d-old-1', 1, 'sha-c', 81234, MOMENT, NULL, NULL, NULL, NULL, NULL),
 ('d-old-1', 2, 'sha-1', 99999, MOMENT, 'copy', 'B-T', 'Lê Thị Thử', MOMENT, 'time_stamp'),
 ('d-old-2', 1, 'sha-e', 5, MOMENT, NULL, NULL, NULL, NULL, NULL);
INSERT INTO ledger (key, result) VALUES ('read/1', 'sha-2');
INSERT INTO signing_orders
 (id, created_at, role, level, organ, reference, state, reason, manifest, manifest_signature, signer) VALUES
 ('o-1', MOMENT, 'copy', 'B-T', 'UBND', '', 'done', '', 'sha-3', 'sha-4', 'an');
INSERT INTO signing_items (order_id, position, document, shown, state, signed, level, at, reason) VALUES
 ('o-1', 0, 'd-old-1', 'sha-c', 'signed', 'sha-1', 'B-T', MOMENT, '');
INSERT INTO tickets
 (digest, use, order_id, document_sha256, role, certificates, issued_at, expires_at, used) VALUES
 ('sha-5', 'hand_over', 'o-1', 'sha-c', 'copy', '[]', MOMENT, MOMENT, TRUE);
INSERT INTO results (dossier, number, document, created_at, state, reason, superseded_by, changed_at) VALUES
 ('H42.12-220801-0001', 1, 'd-old-1', MOMENT, 'revoked', 'nhầm', NULL, MOMENT);
INSERT INTO search_entries (id, document, text) VALUES
 (1, 'd-old-1', 'Quyết định cấp giấy phép xây dựng cho ông Nguyễn Văn An'),
 (2, 'd-old-2', 'công văn');
"""
_WORDS_SQLITE = """
INSERT INTO search_words (rowid, exact, folded) VALUES (1, 'nguyễn', 'nguyen');
INSERT INTO search_words (rowid, exact, folded) VALUES (2, 'công', 'cong');
"""
_WORDS_POSTGRESQL = """
INSERT INTO search_words (id, exact, folded) VALUES (1, '''nguyễn'':1', '''nguyen'':1'), (2, '''công'':1', '''cong'':1');
SELECT setval(pg_get_serial_sequence('search_entries', 'id'), 2);
"""
