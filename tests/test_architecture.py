"""ARCHITECTURE.md, proved: imports point down, nothing goes in circles, nothing hides in a drawer."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
RANKS = {
    "kb.lib": 0,
    "kb.accounts": 1,
    "kb.events": 2,
    "search": 2,
    "postmortems": 3,
    "kb.weak_signals": 4,
    "kb.game_days": 4,
    "kb.patterns": 4,
    "kb.integrations": 4,
    "kb.insights": 5,
    "kb.digests": 6,
    "kb.demo": 7,
    "kb": 7,
}
DOORS = {
    ("postmortems", "kb.events"): {"kb.events.record"},
    ("postmortems", "search"): {"search.document", "search.sheet"},
}
DRAWERS = {"utils", "helpers", "services", "common", "misc"}
SIGNALS = ("django.dispatch", "django.db.models.signals", "django.core.signals", "django.contrib.auth.signals")
SIGNALS += ("django.test.signals", "allauth.account.signals", "celery.signals")
FILES = sorted(path for top in ("kb", "postmortems", "search") for path in (ROOT / top).rglob("*.py"))


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {name_of(path): ast.parse(path.read_text()) for path in FILES}


def package_of(module):
    """The ranked package that `module` belongs to, the longest that fits; None for what is not ours."""
    fitting = [name for name in RANKS if module == name or module.startswith(name + ".")]
    return max(fitting, key=len, default=None)


def imports_of(module, nodes):
    """Absolute names of what these nodes import; for `from package import name` the module `name` if it is one."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            path = ROOT / module.replace(".", "/")
            base = module.split(".") if path.is_dir() else module.split(".")[:-1]
            start = ".".join(base[: len(base) - node.level + 1]) + "." if node.level else ""
            source = (start + (node.module or "")).rstrip(".")
            for alias in node.names:
                yield f"{source}.{alias.name}" if f"{source}.{alias.name}" in TREES else source


def at_import_time(tree):
    """Nodes that run when the module is imported: not the bodies of functions, not TYPE_CHECKING."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from at_import_time(node)


def may_import(module, target):
    here, there = package_of(module), package_of(target)
    if there is None or here == there or RANKS[here] == RANKS[there] == 7:
        return True
    door = DOORS.get((here, there))
    return RANKS[there] < RANKS[here] and (door is None or target in door)


def test_imports_only_point_down():
    upward = [
        f"{module} imports {target}"
        for module, tree in TREES.items()
        for target in imports_of(module, ast.walk(tree))
        if not may_import(module, target)
    ]
    assert upward == []


def test_no_module_imports_itself_by_a_detour():
    graph = {
        module: {target for target in imports_of(module, at_import_time(tree)) if target in TREES} - {module}
        for module, tree in TREES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" → ".join(error.args[1])) from None


def test_nobody_listens_to_signals():
    listeners = [
        module
        for module, tree in TREES.items()
        if any(target.startswith(SIGNALS) for target in imports_of(module, ast.walk(tree)))
    ]
    assert listeners == []


def test_no_model_hides_rules_in_save():
    hiding = [
        f"{module}.{owner.name}"
        for module, tree in TREES.items()
        if "models" in module.split(".")
        for owner in ast.walk(tree)
        if isinstance(owner, ast.ClassDef)
        and any(isinstance(node, ast.FunctionDef) and node.name == "save" for node in owner.body)
    ]
    assert hiding == []


def test_no_file_is_a_drawer():
    assert [name for name in TREES if DRAWERS & set(name.split("."))] == []


def test_files_and_functions_stay_small():
    pages = list((ROOT / "templates").rglob("*.html")) + list((ROOT / "tests").rglob("*.py"))
    sizes = {path: path.read_text().count("\n") for path in [*FILES, *pages] if "migrations" not in path.parts}
    long_functions = [
        f"{module}.{node.name}"
        for module, tree in TREES.items()
        if ".migrations." not in module
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 60
    ]
    assert [str(path.relative_to(ROOT)) for path, size in sizes.items() if size > 400] == []
    assert long_functions == []
