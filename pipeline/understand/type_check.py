"""Trying declarations before they are used: what is wrong in a folder, and what they make of the samples that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.document import FieldValue, SeparatedDocument, UnderstoodDocument
from pipeline.domain.errors import BadDeclaration, SohoaError
from pipeline.domain.ids import DocumentId, FieldName, TypeCode
from pipeline.domain.page import RecognisedPage
from pipeline.text.fold import fold_for_search, fold_tone_place
from pipeline.understand.catalogue import TypeCatalogue, declaration_files, load_types
from pipeline.understand.declaration import Family, TypeDeclaration
from pipeline.understand.declaration_file import read_declarations
from pipeline.understand.understand import UnderstandPolicy, understand


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a declaration."""

    file: str
    line: int
    """0 where it is the folder that is wrong"""
    key: str
    """path in the file, `fields[1].kind`; empty where the whole file is meant"""
    problem: str


@dataclass(frozen=True, slots=True)
class WrongValue:
    """A field of a sample that was read otherwise than the declaration says."""

    field: FieldName
    expected: FieldValue
    read: FieldValue | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleResult:
    """What became of one sample."""

    declared: TypeCode
    file: str
    paper: UnderstoodDocument | None
    """none: the file is not there, or could not be read"""
    wrong: tuple[WrongValue, ...] = ()
    error: SohoaError | None = None
    """why the file could not be read"""

    @property
    def passed(self) -> bool:
        """Whether type and all declared values are right."""
        return self.paper is not None and self.paper.type == self.declared and not self.wrong


def check_types(folder: Path) -> tuple[Problem, ...]:
    """Return all that is wrong with the declarations in a folder, one problem a file at most where it cannot be read."""
    try:
        files = declaration_files(folder)
    except BadDeclaration as error:
        return (_problem(error),)
    problems: list[Problem] = []
    where: dict[TypeCode, Path] = {}
    own: list[tuple[Path, TypeDeclaration]] = []
    for file in files:
        try:
            declarations = read_declarations(file)
        except BadDeclaration as error:
            problems.append(_problem(error))
            continue
        for declaration in declarations:
            if declaration.code in where:
                told = f"{declaration.code} is declared in {where[declaration.code].name} already"
                problems.append(Problem(str(file), 1, "code", told))
            where.setdefault(declaration.code, file)
            own.append((file, declaration))
    built_in = [one for one in load_types() if one.code not in where]
    others = [*built_in, *(declaration for _, declaration in own)]
    return (*problems, *(problem for file, one in own for problem in _unusable(file, one, others)))


def try_types(
    folder: Path, *, read: Callable[[Path], Sequence[RecognisedPage]], policy: UnderstandPolicy
) -> tuple[SampleResult, ...]:
    """Understand every sample that the declarations in a folder name, with all types in force.

    Args:
        folder: of the declarations and of their samples.
        read: recognises the pages of a file; what it raises of SohoaError fails that sample alone.
        policy: when a person has to look.

    Raises:
        BadDeclaration: `check_types` says more.
    """
    types = load_types(folder)
    declared = [one for file in declaration_files(folder) for one in read_declarations(file)]
    return tuple(
        _try(folder, one, name, values, read=read, types=types, policy=policy)
        for one in declared
        for name, values in ((sample.file, sample.values) for sample in one.samples)
    )


def _try(
    folder: Path,
    declaration: TypeDeclaration,
    name: str,
    values: Mapping[FieldName, FieldValue],
    *,
    read: Callable[[Path], Sequence[RecognisedPage]],
    types: TypeCatalogue,
    policy: UnderstandPolicy,
) -> SampleResult:
    file = folder / name
    if not file.is_file():
        return SampleResult(declared=declaration.code, file=name, paper=None)
    try:
        pages = read(file)
    except SohoaError as error:
        return SampleResult(declared=declaration.code, file=name, paper=None, error=error)
    document = SeparatedDocument(id=DocumentId(name), dossier=None, pages=tuple(page.ref for page in pages))
    paper = understand(document, pages, catalogue=types, policy=policy)
    given = {field: paper.fields[field].value if field in paper.fields else None for field in values}
    wrong = tuple(
        WrongValue(field, value, given[field]) for field, value in values.items() if _key(value) != _key(given[field])
    )
    return SampleResult(declared=declaration.code, file=name, paper=paper, wrong=wrong)


def _key(value: FieldValue | None) -> tuple[str, ...]:
    """Return what two equal values have in common, white space, case and the place of tone marks aside."""
    items = () if value is None else value if isinstance(value, tuple) else (value,)
    return tuple(fold_tone_place(" ".join(item.split())).casefold() for item in items)


def _unusable(file: Path, declaration: TypeDeclaration, others: Sequence[TypeDeclaration]) -> Iterator[Problem]:
    """Yield what makes a declaration of no use though it is well-formed."""
    by_notation = declaration.family is Family.ADMINISTRATIVE and declaration.abbreviation
    if not (declaration.titles or declaration.openings or declaration.payload or by_notation):
        yield Problem(str(file), 1, "titles", f"nothing tells a {declaration.code} from other papers: name its title")
    taken = {fold_for_search(title): one for one in others if one is not declaration for title in one.titles}
    for title in declaration.titles:
        other = taken.get(fold_for_search(title))
        if other is not None and other.code != declaration.code:
            yield Problem(str(file), 1, "titles", f"{title} is the title of {other.code} already")
    declared = {field.name for field in declaration.fields}
    if declared:
        for name in declaration.key_fields:
            if name not in declared and declaration.family is Family.FORM:
                yield Problem(str(file), 1, "key_fields", f"{name} is not among the fields")


def _problem(error: BadDeclaration) -> Problem:
    details = error.details
    return Problem(str(details["file"]), int(str(details["line"])), str(details["key"]), str(details["problem"]))
