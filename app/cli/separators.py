"""`sohoa separators CODE…`: sheets to lay between the papers of two dossiers before they go into the scanner."""

from __future__ import annotations

import argparse

from app.cli.context import Context, ExitCode
from app.cli.writing import writing
from pipeline.assemble.separators import write_separators
from pipeline.specimens.fonts import Face, face_file
from pipeline.text.dossier_code import find_dossier_codes


def run(arguments: argparse.Namespace, context: Context) -> ExitCode:
    """Write one sheet a dossier code.

    Raises:
        ToolMissing: no font with Vietnamese letters is installed.
        CannotWrite, MachineExhausted: the file cannot be written.
    """
    wrong = [code for code in arguments.codes if find_dossier_codes(code) != (code,)]
    if wrong:
        context.note("digitize.bad_dossier", code=", ".join(wrong))
        return ExitCode.USAGE
    font = face_file(Face.SANS_BOLD)
    with writing(arguments.out):
        write_separators(arguments.codes, arguments.out, font=font)
    if arguments.json:
        context.print_json({"file": str(arguments.out), "codes": arguments.codes})
    else:
        context.tell("separators.written", sheets=len(arguments.codes), file=arguments.out)
    return ExitCode.DONE
