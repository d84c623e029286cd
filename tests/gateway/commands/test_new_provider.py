"""A scaffolded plug-in works at once: the contract kit, the sandbox, settings and `check` know it."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.testkit.forked import ROOT
from tests.testkit.server import run, serving

ENTRY_POINT = "[switchboard.providers]\nprobe = probe:ProbeProvider\n"
METADATA = "Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n"
CONTRACTS = ("direction", "plug-ins", "plug-ins-http", "providers-libraries")
FORBIDDEN = {
    "gateway.config",
    "httpx",
    "providers.domain.entities",
    "providers.http",
    "providers.local",
    "providers.registry",
    "providers.testing.core",
    "starlette",
}


def scaffold(folder: Path, *options: str) -> None:
    result = run("new-provider", "probe", *options, folder=folder)
    assert (result.returncode, result.stderr) == (0, "")


def in_python(*arguments: str, folder: Path, path: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def contract_run(tests: str, *, folder: Path, path: str) -> "subprocess.CompletedProcess[str]":
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", "-o", "anyio_mode=auto", "-W", "error")
    return in_python("-m", "pytest", *options, tests, folder=folder, path=path)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with the plug-in `probe`, installed as pip leaves it."""
    scaffold(tmp_path)
    metadata = tmp_path / "probe-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(METADATA)
    (metadata / "entry_points.txt").write_text(ENTRY_POINT)
    return tmp_path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the project in which `probe` is a built-in plug-in: its folders and one line of the registry."""
    unwanted = shutil.ignore_patterns("__pycache__")
    for name in ("gateway", "resolvers", "providers"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unwanted)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("tests", "tests/providers"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    scaffold(tmp_path, "--into", "providers", "--tests", "tests/providers")
    registry = tmp_path / "providers" / "registry.py"
    line = 'BUILT_IN = {\n    "probe": "providers.probe:ProbeProvider",'
    registry.write_text(registry.read_text().replace("BUILT_IN = {", line))
    return tmp_path


def test_a_new_plug_in_passes_the_contract_kit(tmp_path: Path) -> None:
    scaffold(tmp_path)
    result = contract_run("probe", folder=tmp_path, path=f"{tmp_path}:{ROOT}")
    assert result.returncode == 0, result.stdout
    assert " passed" in result.stdout.splitlines()[-1]


def test_a_plug_in_that_breaks_its_promise_fails_the_contract_kit(tmp_path: Path) -> None:
    scaffold(tmp_path)
    provider = tmp_path / "probe" / "provider.py"
    provider.write_text(provider.read_text().replace("async def create_contact", "async def make_contact"))
    result = contract_run("probe", folder=tmp_path, path=f"{tmp_path}:{ROOT}")
    assert result.returncode == 1
    assert "test_its_capabilities_are_those_that_are_promised" in result.stdout


def test_the_sandbox_and_check_know_a_plug_in_of_another_package(package: Path) -> None:
    environment = {"PYTHONPATH": f"{package}:{ROOT}"}
    with serving(package, command="sandbox", environment=environment) as sandbox:
        printed = sandbox.printed.rpartition("# Sandbox on ")[0]
        providers = tomllib.loads(printed)["providers"]
        assert providers["probe"]["api_url"] == f"{sandbox.url}/probe"
        assert {"connect", "ringplan"} <= set(providers)
        (package / "switchboard.toml").write_text(printed)
        result = run("check", "--config", "switchboard.toml", folder=package, environment=environment)
    assert (result.returncode, result.stdout) == (0, "All is well: connect, probe, ringplan.\n")


def test_the_settings_of_a_plug_in_of_another_package_are_checked(package: Path) -> None:
    (package / "switchboard.toml").write_text('[providers.probe]\napi_key = "made-up"\napi_kee = "made-up"')
    environment = {"PYTHONPATH": f"{package}:{ROOT}"}
    result = run("check", "--config", "switchboard.toml", folder=package, environment=environment)
    assert (result.returncode, result.stderr) == (1, "providers.probe.api_kee: unknown key\n")


def test_a_sandbox_that_does_not_load_is_reported_and_the_others_are_served(package: Path) -> None:
    (package / "probe" / "sandbox.py").write_text("raise RuntimeError('no sandbox today')")
    with serving(package, command="sandbox", environment={"PYTHONPATH": f"{package}:{ROOT}"}) as sandbox:
        assert "[providers.connect]" in sandbox.printed
        assert "probe" not in sandbox.printed
        reported = sandbox.log.read_text()
    assert reported.startswith("The plug-in probe does not load: RuntimeError: no sandbox today\n")


def test_a_built_in_plug_in_needs_its_folders_and_a_line_of_the_registry(tree: Path) -> None:
    environment = {"PYTHONPATH": str(tree)}
    with serving(tree, command="sandbox", environment=environment) as sandbox:
        printed = sandbox.printed.rpartition("# Sandbox on ")[0]
        (tree / "switchboard.toml").write_text(printed)
        result = run("check", "--config", "switchboard.toml", folder=tree, environment=environment)
    assert (result.returncode, result.stdout) == (0, "All is well: connect, probe, ringplan.\n")
    contract = contract_run("tests/providers/probe", folder=tree, path=str(tree))
    assert contract.returncode == 0, contract.stdout


def test_the_import_contracts_cover_a_new_built_in_plug_in(tree: Path) -> None:
    """Without a change of pyproject.toml."""
    assert forbidden_imports(tree) == set()
    module = tree / "providers" / "probe" / "client.py"
    module.write_text("\n".join([module.read_text(), *(f"import {name}" for name in FORBIDDEN)]))
    assert forbidden_imports(tree) == FORBIDDEN


def forbidden_imports(tree: Path) -> set[str]:
    """Return the modules that `probe` imports against a contract."""
    limits = [option for contract in CONTRACTS for option in ("--contract", contract)]
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    result = in_python("-c", program, "--no-cache", *limits, folder=tree, path=str(tree))
    assert "Plug-ins call upstreams through providers.http alone" in result.stdout, result.stdout + result.stderr
    return set(re.findall(r"providers\.probe[\w.]* -> ([\w.]+)", result.stdout))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is no name for a plug-in"),
        ("Texts", "is no name for a plug-in"),
        ("my-texts", "is no name for a plug-in"),
        ("../texts", "is no name for a plug-in"),
        ("1st", "is no name for a plug-in"),
        ("class", "is no name for a plug-in"),
        ("texts\n", "is no name for a plug-in"),
        ("t" * 33, "is no name for a plug-in"),
        ("ringplan", "There is a plug-in ringplan already."),
        ("json", "json is the name of an installed Python module."),
    ],
)
def test_a_name_that_can_not_be_used_is_one_line(tmp_path: Path, name: str, reason: str) -> None:
    result = run("new-provider", name, folder=tmp_path)
    assert result.returncode == 1
    assert reason in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["probe", "probe.py", "tests/probe"])
def test_nothing_that_exists_is_overwritten(tmp_path: Path, taken: str) -> None:
    path = tmp_path / taken
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    result = run("new-provider", "probe", "--tests", "tests", folder=tmp_path)
    assert (result.returncode, result.stderr) == (1, f"{taken} exists already.\n")
    assert path.read_text() == "mine"
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]


def test_a_folder_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    result = run("new-provider", "probe", "--into", "nowhere", folder=tmp_path)
    assert (result.returncode, result.stderr) == (1, "There is no folder nowhere.\n")
