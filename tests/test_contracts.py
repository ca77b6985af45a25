"""The import contracts, each broken on purpose: a contract that nothing can break holds nothing."""

import copy
import itertools
import tomllib
from pathlib import Path

import grimp
import pytest
from importlinter import configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract

configuration.configure()  # else a contract that forbids has no clock
ROOT = Path(__file__).parents[1]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
SESSION = {"root_packages": ["rainfall_kit"], "include_external_packages": "true"}
KINDS = {
    "forbidden": ForbiddenContract,
    "independence": IndependenceContract,
    "layers": LayersContract,
}
# Everything may import it, so that a way round leads over it.
BOTTOM = "rainfall_kit.installation"


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("rainfall_kit", include_external_packages=True, cache_dir=None)


def broken(contract, graph, *added):
    """Whether the contract is broken once these imports, (importer, imported), are there."""
    graph = copy.deepcopy(graph)
    for name in {name for pair in added for name in pair} - graph.modules:
        graph.add_module(name, is_squashed=not name.startswith("rainfall_kit"))
    for importer, imported in added:
        graph.add_import(importer=importer, imported=imported)
    options = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in contract.items()
    }
    checked = KINDS[contract["type"]](contract["name"], SESSION, options)
    return not checked.check(graph, verbose=False).kept


def layers(contract):
    return [[name.strip(" ()") for name in layer.split("|")] for layer in contract["layers"]]


def upward():
    """For each contract of layers: an import from each layer into the one above it, and into a sibling."""
    for contract in LINTER["contracts"]:
        if contract["type"] != "layers":
            continue
        rows = layers(contract)
        steps = [(lower[0], upper[-1]) for upper, lower in itertools.pairwise(rows)]
        steps += [(row[0], row[-1]) for row in rows if len(row) > 1]
        for container in contract["containers"]:
            for importer, imported in steps:
                pair = f"{container}.{importer}", f"{container}.{imported}"
                yield pytest.param(contract, pair, id=f"{pair[0]} -> {pair[1]}")


def forbidden():
    """For each contract that forbids: each of its sources with each of what is forbidden to it."""
    for contract in LINTER["contracts"]:
        if contract["type"] == "forbidden":
            for pair in itertools.product(
                contract["source_modules"], contract["forbidden_modules"]
            ):
                yield pytest.param(contract, pair, id=f"{pair[0]} -> {pair[1]}")


def between_questions():
    """For each contract of independence: an import from its first module into its last."""
    for contract in LINTER["contracts"]:
        if contract["type"] == "independence":
            (names,) = contract["modules"]
            yield pytest.param(contract, names.removesuffix(".*"), id=names)


@pytest.mark.parametrize("contract", LINTER["contracts"], ids=lambda contract: contract["name"])
def test_a_contract_holds_as_the_code_stands(graph, contract):
    assert not broken(contract, graph)


@pytest.mark.parametrize(("contract", "pair"), [*upward()])
def test_an_import_from_a_layer_above_breaks_the_contract(graph, contract, pair):
    assert broken(contract, graph, pair)


@pytest.mark.parametrize(("contract", "pair"), [*forbidden()])
def test_a_forbidden_import_breaks_the_contract_on_a_way_round_too(graph, contract, pair):
    importer, imported = pair
    assert broken(contract, graph, (importer, imported))
    if not contract.get("allow_indirect_imports"):
        assert broken(contract, graph, (importer, BOTTOM), (BOTTOM, imported))


@pytest.mark.parametrize(("contract", "package"), [*between_questions()])
def test_an_import_between_independent_modules_breaks_the_contract(graph, contract, package):
    first, *_, last = sorted(graph.find_children(package))
    assert broken(contract, graph, (first, last))


@pytest.mark.parametrize(
    "container",
    [
        container
        for contract in LINTER["contracts"]
        if contract["type"] == "layers"
        for container in contract["containers"]
    ],
)
def test_a_module_that_has_chosen_no_layer_breaks_the_contract(graph, container):
    contract = next(one for one in LINTER["contracts"] if container in one.get("containers", ()))
    new = f"{container}.somewhere_else"
    assert broken(contract, graph, (new, BOTTOM))


def test_every_folder_of_several_modules_has_a_contract_of_its_own():
    package = ROOT / "rainfall_kit"
    folders = {path.parent for path in package.rglob("*.py")} - {package}
    held = {
        container.removesuffix(".*")
        for contract in LINTER["contracts"]
        for container in (*contract.get("containers", ()), *contract.get("modules", ()))
    }
    for folder in sorted(folders):
        modules = [path for path in folder.glob("*.py") if path.stem != "__init__"]
        name = ".".join(folder.relative_to(ROOT).parts)
        assert name in held or len(modules) < 2, f"{name} has no contract"
        assert len(modules) <= 15, f"{name} has {len(modules)} modules: give it folders"


@pytest.mark.parametrize(
    "contract",
    [contract for contract in LINTER["contracts"] if contract.get("allow_indirect_imports")],
    ids=lambda contract: contract["name"],
)
def test_whoever_may_import_a_package_does_and_nobody_was_left_out(graph, contract):
    """Such a contract lists its sources one by one, and a new module could be missing there."""
    importers = {
        name
        for package in contract["forbidden_modules"]
        for name in graph.find_modules_that_directly_import(package)
    }
    packages = {name.rpartition(".")[0] for name in graph.modules}
    free = {
        name
        for name in graph.modules - packages - set(contract["forbidden_modules"])
        if name.startswith("rainfall_kit.")
        and not any(f"{name}.".startswith(f"{source}.") for source in contract["source_modules"])
    }
    assert free - {"rainfall_kit.errors", BOTTOM} == importers
