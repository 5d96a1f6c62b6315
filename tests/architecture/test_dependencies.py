"""The dependency rule (DESIGN.md §1) and the purity of ``feeds/``, read from the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("feeds", "schemas", "service")
ALLOWED = {"feeds": {"feeds"}, "schemas": {"schemas"}, "service": {"service", "feeds", "schemas"}}
IMPURE_MODULES = {
    "flask", "werkzeug", "sqlalchemy", "sqlite3", "socket", "requests", "urllib.request", "http", "os", "pathlib", "io",
    "random", "secrets", "uuid", "time", "threading", "subprocess", "multiprocessing", "asyncio", "locale", "tempfile",
}  # fmt: skip
IMPURE_CALLS = {"open", "input", "print", "eval", "exec"}
CLOCKS = {"now", "utcnow", "today"}
ENVIRONMENT_READERS = {
    "service/settings.py": "settings",
    "service/state_home.py": "XDG_STATE_HOME, the default state directory",
    "service/upstream/secrets.py": "the variables that settings name",
    "service/asgi.py": "the settings that serve hands to its web processes",
    "service/server.py": "hands them over; prometheus-client's directory",
    "service/supervisor.py": "a copy for the worker",
    "service/metrics.py": "prometheus-client's directory",
    "service/content/deadline.py": "a child's PYTHONPATH",
}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", [p for name in OURS for p in modules(name)], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_package_imports_only_the_packages_below_it(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in imports(ast.parse(path.read_text("utf-8")))} & {*OURS, "tests", "bench"}
    assert ours <= ALLOWED[package]


@pytest.mark.parametrize("path", modules("feeds"), ids=lambda p: p.name)
def test_feeds_knows_no_disk_network_environment_clock_or_chance(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    used = set(imports(tree))
    assert not {name for name in used if name in IMPURE_MODULES or name.split(".")[0] in IMPURE_MODULES}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in IMPURE_CALLS, f"{path.name}:{node.lineno} calls {node.func.id}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert node.func.attr not in CLOCKS, f"{path.name}:{node.lineno} asks the clock"


def test_only_syndication_knows_feedgen() -> None:
    users = [
        path.relative_to(ROOT).as_posix()
        for name in OURS
        for path in modules(name)
        if any(module.split(".")[0] == "feedgen" for module in imports(ast.parse(path.read_text("utf-8"))))
    ]
    assert users == ["feeds/syndication.py"]


def test_few_modules_read_the_environment() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in modules("service")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and ast.unparse(node.value) == "os"
    }
    assert readers <= ENVIRONMENT_READERS.keys()


def test_no_module_is_too_long_to_hold_one_thing() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for name in (*OURS, "tests")
        for path in modules(name)
        if (lines := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert not long
