"""`sohoa storage grants ROLE`: the SQL that lets another role than the database's owner do the daily work."""

from __future__ import annotations

import argparse

from app.cli.context import Context, ExitCode
from storage.grants import grant_statements


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Print the statements; nothing is changed, and no database is asked."""
    statements = grant_statements(arguments.role)
    if arguments.json:
        context.print_json({"role": arguments.role, "statements": list(statements)})
    else:
        # all or nothing: the role must not be without its rights in between
        context.out.file.write("\n".join(("BEGIN;", *statements, "COMMIT;")) + "\n")
    return ExitCode.DONE
