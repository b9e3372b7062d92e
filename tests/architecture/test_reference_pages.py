"""The reference pages name everything that exists, and nothing that does not."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from pydantic import BaseModel, SecretStr

from app.cli.arguments import build_parser
from app.setting_groups import Language
from app.settings import PREFIX, Settings, setting_names
from pipeline.domain.every_error import all_errors
from pipeline.understand.catalogue import load_types
from pipeline.usecases.batch_json import batch_schema

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def rows(page: str) -> Iterator[list[str]]:
    """Cells of all table rows of a reference page whose first cell is code."""
    for line in (DOCS / "reference" / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip().strip("|").split(" | ")]


def code(cell: str) -> str:
    return cell.strip("`")


def test_every_error_has_its_meaning_and_remedy() -> None:
    documented = {code(cells[0]): cells[1] for cells in rows("errors.md")}
    assert documented == {error.code: error.kind.value for error in all_errors()}
    assert [cells[0] for cells in rows("errors.md") if len(cells) != 5 or not all(cells)] == []


def default_of(model: type[BaseModel], dotted: str) -> str:
    group, _, rest = dotted.partition(".")
    field = model.model_fields[group]
    if group in {"signers", "watch", "channels", "connectors"}:
        return default_of(get_args(field.annotation)[1], rest.removeprefix("NAME."))
    if rest:
        assert isinstance(field.annotation, type)
        assert issubclass(field.annotation, BaseModel)
        return default_of(field.annotation, rest)
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return "–" if value in (None, "") or field.is_required() else f"`{value}`"


def test_every_setting_is_explained() -> None:
    documented = {code(cells[0]): (code(cells[1]), cells[2]) for cells in rows("settings.md")}
    variables = {name: PREFIX + name.upper().replace(".", "__") for name in setting_names()}
    assert {name: variable for name, (variable, _) in documented.items()} == variables
    computed = {"home"}  # its default depends on the machine
    defaults = {name: default_of(Settings, name) for name in variables.keys() - computed}
    assert {name: default for name, (_, default) in documented.items() if name not in computed} == defaults


def named(cell: str) -> tuple[set[str], set[str]]:
    """Field names in a cell: all, and the bold ones."""
    return set(re.findall(r"`(\w+)`", cell)), set(re.findall(r"\*\*`(\w+)`\*\*", cell))


def test_every_document_type_and_field_is_explained() -> None:
    page = (DOCS / "reference" / "document-types.md").read_text(encoding="utf-8")
    common = page.partition("*common* stands for")[2].partition("## Types")[0]
    documented = {}
    for cells in rows("document-types.md"):
        if len(cells) == 6:
            fields = common if cells[5] == "common" else cells[5]
            documented[code(cells[0])] = (cells[1], cells[2], cells[3], cells[4] == "yes", *named(fields))
    declared = {
        one.code: (
            one.title,
            one.family.value,
            one.abbreviation or "–",
            one.result,
            {field.name for field in one.fields} | set(one.key_fields),
            set(one.key_fields),
        )
        for one in load_types()
    }
    assert documented == declared
    explained = {code(cells[0]) for cells in rows("document-types.md") if len(cells) == 3}
    assert {name for *_, names, _ in declared.values() for name in names} <= explained


def arguments(parser: argparse.ArgumentParser) -> set[str]:
    """Long options, and what positional arguments are shown as."""
    return {
        next((option for option in action.option_strings if option.startswith("--")), str(action.metavar))
        for action in parser._actions
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
        and action.help != argparse.SUPPRESS
    }


def test_every_command_and_argument_is_explained() -> None:
    page = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    documented = {
        section.partition("\n")[0].strip("`"): {
            found.replace("\\|", "|") for found in re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)
        }
        for section in page.replace("# Commands", "## `sohoa`", 1).split("## ")[1:]
    }
    for language in Language:
        parser = build_parser(language)
        (choice,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
        inner = {f"sohoa {name}": arguments(command) for name, command in choice.choices.items()}
        assert documented == {"sohoa": arguments(parser)} | inner


def test_the_example_of_batch_json_keeps_the_contract() -> None:
    page = (DOCS / "reference" / "batch-json.md").read_text(encoding="utf-8")
    example = page.partition("```json\n")[2].partition("```")[0]
    jsonschema.validate(json.loads(example), batch_schema())


def test_every_make_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*## ", makefile, flags=re.MULTILINE)
    assert sorted(code(cells[0]).removeprefix("make ") for cells in rows("make.md")) == sorted(targets)


def test_every_target_finds_what_the_set_up_brings() -> None:
    """`uv` lies in `.tools` and nowhere else, and whoever runs our code installs what that needs."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"^.*(?<![/\w])uv (?:sync|export|run|pip)\b.*$", makefile, flags=re.MULTILINE) == []
    targets = re.findall(r"^([a-z-]+):(.*?)## .*\n((?:\t.*\n)*)", makefile, flags=re.MULTILINE)
    assert [
        name
        for name, before, recipe in targets
        if "$(bin)" in recipe and "scripts/setup.sh" not in recipe and not before.strip()
    ] == []


@pytest.mark.parametrize("page", sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")]), ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    broken = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert broken == []


def test_every_page_is_reached_from_the_index() -> None:
    linked = set(re.findall(r"\]\(([^)#\s]+\.md)\)", (DOCS / "index.md").read_text(encoding="utf-8")))
    assert linked == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} - {"index.md"}
