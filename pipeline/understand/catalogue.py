"""All declared document types, those of the product and those of an administrator, as one catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.errors import BadDeclaration
from pipeline.domain.ids import TypeCode
from pipeline.understand.declaration import TypeDeclaration
from pipeline.understand.declaration_file import read_declarations

BUILT_IN = Path(__file__).parent / "types"
"""folder of the declarations that come with the product"""

OTHER = TypeCode("khac")
"""what matches nothing; never a guess"""


@dataclass(frozen=True, slots=True)
class TypeCatalogue:
    """All declared types by code."""

    types: Mapping[TypeCode, TypeDeclaration]

    def __getitem__(self, code: TypeCode) -> TypeDeclaration:
        """Return the declaration of a code."""
        return self.types[code]

    def __iter__(self) -> Iterator[TypeDeclaration]:
        """Yield all declarations."""
        return iter(self.types.values())

    @property
    def abbreviations(self) -> Mapping[str, TypeCode]:
        """The types' abbreviations in notations, and whose they are."""
        return {one.abbreviation: one.code for one in self if one.abbreviation}


def load_types(*folders: Path) -> TypeCatalogue:
    """Read all declarations: those of the product, then those in `folders`, which may replace one of the product's.

    A file holds either one type, or a shared layout with many types in its `types` list.

    Raises:
        BadDeclaration: with file, line, key and problem: not TOML, an unknown key, a wrong value, a code declared twice
            in a folder, a folder that is not there.
    """
    types: dict[TypeCode, TypeDeclaration] = {}
    for folder in (BUILT_IN, *folders):
        types |= _folder(folder)
    return TypeCatalogue(types)


def declaration_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder that hold declarations, in order of their names.

    Raises:
        BadDeclaration: there is no such folder.
    """
    if not folder.is_dir():
        raise BadDeclaration(file=str(folder), line=0, key="", problem="no such folder")
    return tuple(sorted(folder.glob("*.toml")))


def _folder(folder: Path) -> dict[TypeCode, TypeDeclaration]:
    types: dict[TypeCode, TypeDeclaration] = {}
    for file in declaration_files(folder):
        for declaration in read_declarations(file):
            if declaration.code in types:
                raise BadDeclaration(
                    file=str(file), line=1, key="code", problem=f"{declaration.code} is declared twice in this folder"
                )
            types[declaration.code] = declaration
    return types
