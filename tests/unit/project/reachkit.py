"""What a task reads when it runs, told from its source: modules, SQL, configuration, messages, schemas.

From the task's module on, what is named is followed: imports (those within functions too), functions, classes with all
their methods. A function that nothing names is no part of it, nor what it imports. Of the files that code reads, the
names stand in it as texts: whole (`config/limits.json`), with a gap (`f"schemas/{dataset}.json"`), or, of a
statement, as its name alone (`"run_begin"`). Too much may be found so, where a text only looks like a name.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS, FILES = ROOT / "scripts", ROOT / "namespace_files"
GAP = "*"
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Name = tuple[str, str]  # a module, and what is named in it; blank: the module itself, as its import runs it


def needs(main: str) -> set[str]:
    """The files of the repository that a task reads.

    Args:
        main: the module that the task starts, such as `etl.example.load`.
    """
    names, todo, texts, files = set[Name](), [(main, ""), (main, "__main__")], set[str](), set[str]()
    while todo:
        name = todo.pop()
        if name not in names:
            names.add(name)
            found = look(*name)
            todo += found.names
            texts |= found.texts
            files |= found.files
    modules = {path for module, _ in names if (path := source(module))}
    domains = {module.split(".")[0] for module, _ in names} | {t.split("/")[0] for t in texts if t.endswith("/*.sql")}
    return files | {told(path) for path in modules} | {file for text in texts for file in read_by(text, domains)}


def covered(files: set[str], patterns: list[str]) -> set[str]:
    """Those of the files that an include list brings: `*` stays in its folder, `**` does not."""
    tokens = {"**": ".*", "*": "[^/]*"}
    rules = ["".join(tokens.get(part, re.escape(part)) for part in re.split(r"(\*+)", each)) for each in patterns]
    return {file for file in files if any(re.fullmatch(rule, file) for rule in rules)}


def read_by(text: str, domains: set[str]) -> set[str]:
    """The files that a text names: one of the release's, several when it has a gap, or a statement of a domain."""
    if re.fullmatch(r"[a-z][a-z0-9_*]{2,}", text):
        places = [FILES / "sql/queries" / domain for domain in domains]
        return {told(path) for place in places for path in place.glob(f"{text}.sql")}
    if re.fullmatch(r"[a-z][\w./-]*[\w*-]+\.(json|md|sql|typ)", text) and not text.endswith("/*.sql"):
        places = [FILES, FILES / "sql/queries", FILES / "templates"]
        return {told(path) for place in places for path in place.glob(text)}
    return set()


def told(path: Path) -> str:
    """A path as include lists name it."""
    return str(path.relative_to(ROOT))


@cache
def source(module: str) -> Path | None:
    """Where a module of ours is written."""
    plain = SCRIPTS.joinpath(*module.split("."))
    return next((path for path in (plain.with_suffix(".py"), plain / "__init__.py") if path.is_file()), None)


@dataclass
class Found:
    """What a piece of code names, the texts in it, and files that it reads by other ways."""

    names: list[Name] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


@cache
def look(module: str, name: str) -> Found:
    """What a name of a module needs: `__main__` is what runs in the task's own module only."""
    path, found = source(module), Found()
    if not path:
        return found
    code = parsed(path)
    found.names.append((module, ""))
    if name in ("", "__main__"):
        parent = module.rpartition(".")[0]
        found.names += [(parent, "")] if parent else []
        found.names += [(target, "") for target, _ in imports(walk(code.tree, deep=False)).values()]
        nodes = [node for node in code.tree.body if acts(node, is_main=bool(name))]
    elif name in code.defined:
        nodes = code.defined[name]
    else:
        found.names.append(code.imports.get(name, (f"{module}.{name}", "")))
        nodes = []
    for node in nodes:
        own = imports(walk(node))
        found.names += [(target, "") for target, _ in own.values()]
        visit(node, module, code.imports | own, found)
    return found


class Code:
    """A module's definitions, and what its imports call what."""

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text())
        self.imports = imports(walk(self.tree, deep=False))
        self.defined: dict[str, list[ast.AST]] = {}
        for node in self.tree.body:
            for name in names_of(node):
                self.defined.setdefault(name, []).append(node)


@cache
def parsed(path: Path) -> Code:
    """Each module once."""
    return Code(path)


def names_of(node: ast.stmt) -> list[str]:
    """What a statement defines."""
    if isinstance(node, DEFINITIONS):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]


def acts(node: ast.stmt, *, is_main: bool) -> bool:
    """Whether a statement does more at import than give something a name."""
    if isinstance(node, DEFINITIONS) or is_for_types(node):
        return False
    if isinstance(node, ast.If) and "__main__" in ast.unparse(node.test):
        return is_main
    return not isinstance(node, ast.Assign | ast.AnnAssign) or any(isinstance(part, ast.Call) for part in walk(node))


def is_for_types(node: ast.AST) -> bool:
    """Whether it never runs."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def walk(node: ast.AST, *, deep: bool = True) -> Iterator[ast.AST]:
    """What runs; shallow: at import, so without the bodies of definitions."""
    yield node
    if deep or not isinstance(node, DEFINITIONS):
        for child in ast.iter_child_nodes(node):
            if not is_for_types(child):
                yield from walk(child, deep=deep)


def imports(nodes: Iterator[ast.AST]) -> dict[str, Name]:
    """What imports of ours call what."""
    found = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {(each.asname or each.name.split(".")[0]): (each.name, "") for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                found[each.asname or each.name] = (inner, "") if source(inner) else (node.module, each.name)
    return {name: target for name, target in found.items() if source(target[0])}


def visit(node: ast.AST, module: str, known: dict[str, Name], found: Found) -> None:
    """Collect what a piece of code names, and its texts; docstrings are none of them."""
    names = chain(node)
    if names:
        found.names += named(names, module, known)
        return
    if isinstance(node, ast.JoinedStr):
        found.texts.add("".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        found.texts.add(node.value)
        found.names += code_named(node.value)
    elif isinstance(node, ast.Call):
        found.files |= read_by_call(ast.unparse(node.func).rpartition(".")[2], node.args)
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not is_docstring and not is_for_types(child):
            visit(child, module, known, found)


def chain(node: ast.AST) -> list[str]:
    """`a.b.c` as its names; none when it does not begin with a name."""
    if isinstance(node, ast.Name):
        return [node.id]
    first = chain(node.value) if isinstance(node, ast.Attribute) else []
    return [*first, node.attr] if first and isinstance(node, ast.Attribute) else []


def named(names: list[str], module: str, known: dict[str, Name]) -> list[Name]:
    """What `a.b.c` stands for; a module that is handed on, and not asked for a name, is all its names."""
    first, *rest = names
    if first not in known:
        return [(module, first)] if first in look_in(module) else []
    target, name = known[first]
    while rest and not name:
        inner = f"{target}.{rest[0]}"
        target, name = (inner, "") if source(inner) else (target, rest[0])
        rest = rest[1:]
    return [(target, name)] if name else whole(target)


def look_in(module: str) -> dict[str, list[ast.AST]]:
    """A module's definitions."""
    path = source(module)
    return parsed(path).defined if path else {}


def whole(module: str) -> list[Name]:
    """A module with all its names."""
    return [(module, ""), *((module, name) for name in look_in(module))]


def code_named(text: str) -> list[Name]:
    """Code that a text names: a module, `module:function`, or those in a file of configuration."""
    module, _, function = text.partition(":")
    if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", module) and source(module):
        return [(module, ""), (module, function)] if function else [*whole(module), (module, "__main__")]
    if text.endswith(".json") and (FILES / text).is_file():
        data = json.loads((FILES / text).read_text())
        values = data.values() if isinstance(data, dict) else []
        return [name for value in values if isinstance(value, str) and ":" in value for name in code_named(value)]
    return []


def read_by_call(function: str, arguments: list[ast.expr]) -> set[str]:
    """Files that calls of the kit name in their own way."""
    if function not in ("own_sql", "namespace_folder"):
        return set()
    name = arguments[0].value if isinstance(arguments[0], ast.Constant) else GAP
    if function == "own_sql":
        return {told(path) for path in (SCRIPTS / "kit/sql").glob(f"{name}.sql")}
    return {told(path) for path in FILES.glob(f"{name}/**/*") if path.is_file()}
