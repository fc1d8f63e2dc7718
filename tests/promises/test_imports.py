"""What importing costs and exposes, and that the import contracts catch what they forbid."""

import ast
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("hit_pipeline", "assets", "resources", "expectations")
HEAVY = {"dagster", "great_expectations"}


def modules(package: str) -> list[str]:
    """Return the dotted names of all modules of a package, from its files."""
    files = sorted((ROOT / package).rglob("*.py"))
    parts = [file.relative_to(ROOT).with_suffix("").parts for file in files]
    return [".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts]


CORE_MODULES = [name for name in modules("hit_pipeline") if name != "hit_pipeline.definitions"]


def loaded_after_importing(names: list[str]) -> set[str]:
    """Return the top-level modules a fresh interpreter has loaded after importing the names."""
    report = "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    return set(json.loads(import_all(names, then=report)))


def import_all(names: list[str], *, folder: Path = ROOT, then: str = "") -> str:
    """Import the names in a fresh interpreter whose home is the folder; return what it printed."""
    every = "for name in sys.argv[1:]: importlib.import_module(name)"
    code = f"import importlib, json, sys\n{every}\n{then}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HIT_")}
    run = subprocess.run(
        [sys.executable, "-B", "-c", code, *names],
        cwd=folder,
        env=environment | {"HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_core_imports_neither_dagster_nor_great_expectations() -> None:
    assert not HEAVY & loaded_after_importing(CORE_MODULES)


def test_expectations_import_no_dagster() -> None:
    assert "dagster" not in loaded_after_importing(modules("expectations"))


def test_importing_the_core_needs_no_settings_and_writes_nothing(tmp_path: Path) -> None:
    assert import_all(CORE_MODULES, folder=tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_hold_a_docstring_and_re_export_nothing(package: str) -> None:
    folders = {file.parent for file in (ROOT / package).rglob("*.py")}
    for folder in sorted(folders):
        body = ast.parse((folder / "__init__.py").read_text(encoding="utf-8")).body
        assert [type(node) for node in body] == [ast.Expr], folder
        assert ast.get_docstring(ast.Module(body, [])), folder


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {file.parent for file in (ROOT / "tests").rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


# Runtime dependencies no module imports by name, and what uses them instead.
USED_WITHOUT_IMPORT = {
    "dagster-webserver": "started by `hit dev`",
    "python-calamine": "engine='calamine' of pandas",
    "sqlglot": "an upper bound for ibis",
    "tzdata": "read by zoneinfo",
}
# Parts of a declared dependency that are distributions of their own.
COMES_WITH = {"pydantic-core": "pydantic"}


def test_every_runtime_dependency_is_used() -> None:
    assert sorted(declared_dependencies() - used_dependencies() - set(USED_WITHOUT_IMPORT)) == []


def test_every_used_dependency_is_declared() -> None:
    declared = declared_dependencies()
    undeclared = used_dependencies() - declared
    assert [name for name in sorted(undeclared) if COMES_WITH.get(name) not in declared] == []


def declared_dependencies() -> set[str]:
    """Return the names of the runtime dependencies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {re.split(r"[\[~=<>;]", line)[0].strip() for line in project["dependencies"]}


def used_dependencies() -> set[str]:
    """Return the distributions that provide what the four packages import."""
    names = set().union(*(imported_names(package) for package in PACKAGES))
    providers = importlib.metadata.packages_distributions()
    return {
        distribution.lower().replace("_", "-")
        for name in names - sys.stdlib_module_names - set(PACKAGES)
        for distribution in providers.get(name, [f"{name} (not installed)"])
    }


def imported_names(package: str) -> set[str]:
    """Return the top-level names imported anywhere in a package."""
    found = set()
    for file in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the four packages and their import contracts, to plant violations in."""
    folder = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run lint-imports on the packages of a folder, never on those that are installed."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_contracts_hold(copied_tree: Path) -> None:
    run = lint_imports(copied_tree)
    assert run.returncode == 0, run.stdout


ROOMS = "assets > resources | expectations > hit_pipeline"
CORE = "the core knows neither Dagster nor Great Expectations"
GX = "Great Expectations is named in expectations only"
NO_ENGINE = "conform, identity and marts name no engine"

PLANTED = [
    (CORE, "hit_pipeline/errors.py", "import dagster"),
    (CORE, "hit_pipeline/errors.py", "import great_expectations"),
    (ROOMS, "hit_pipeline/school_year.py", "import assets"),
    (ROOMS, "resources/__init__.py", "import expectations"),
    (GX, "assets/__init__.py", "import great_expectations"),
    ("expectations know no Dagster", "expectations/__init__.py", "import dagster"),
    (
        "only the command line reaches definitions",
        "hit_pipeline/errors.py",
        "import hit_pipeline.definitions",
    ),
    (
        "only the command line knows the synthetic district",
        "hit_pipeline/errors.py",
        "import hit_pipeline.synth",
    ),
    (
        "the synthetic district knows nothing of the rest",
        "hit_pipeline/synth/__init__.py",
        "import hit_pipeline.errors",
    ),
    (NO_ENGINE, "hit_pipeline/marts/__init__.py", "import duckdb"),
]


@pytest.mark.parametrize(("contract", "file", "line"), PLANTED)
def test_planted_violation_breaks_its_contract(
    copied_tree: Path, contract: str, file: str, line: str
) -> None:
    target = copied_tree / file
    before = target.read_text(encoding="utf-8")
    target.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        run = lint_imports(copied_tree)
    finally:
        target.write_text(before, encoding="utf-8")
    assert run.returncode == 1
    assert f"{contract} BROKEN" in run.stdout


def test_every_contract_has_a_planted_violation() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    contracts = {contract["name"] for contract in tools["importlinter"]["contracts"]}
    assert contracts == {contract for contract, _, _ in PLANTED}
