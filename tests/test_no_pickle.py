"""Nothing that is read can run code: no module or script unpickles, or makes code or a shell's line of text."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = sorted((ROOT / "workflow_scripts").rglob("*.py"))
MODULES = {"pickle", "cPickle", "_pickle", "joblib", "dill", "cloudpickle", "shelve", "marshal", "jsonpickle"}
BUILT_IN = {"eval", "exec", "compile", "__import__"}
CALLS = {  # by the last names of what is called
    "torch.load",
    "torch.save",
    "torch.package",
    "torch.hub",
    "jit.load",
    "np.save",
    "np.savez",
    "np.savez_compressed",
    "numpy.save",
    "numpy.savez",
    "numpy.savez_compressed",
    "pd.read_pickle",
    "pandas.read_pickle",
    "pd.read_hdf",
    "h5py.opaque_dtype",
    "yaml.load",
    "yaml.load_all",
    "yaml.full_load",
    "yaml.unsafe_load",
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
}
METHODS = {"to_pickle", "to_hdf", "unsafe_load", "full_load"}  # of whatever object


def faults(source: str) -> Iterator[str]:
    """What in a module might run code that it reads."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        yield from (f"imports {name}" for name in names if name.split(".")[0] in MODULES or name in CALLS)
        if isinstance(node, ast.Call):
            yield from (f"line {node.lineno} calls {fault}" for fault in _called(node))


def _called(call: ast.Call) -> Iterator[str]:
    name = ast.unparse(call.func)
    short = ".".join(name.split(".")[-2:])
    told = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in BUILT_IN or short in CALLS or name.split(".")[-1] in METHODS:
        yield name
    if short in ("np.load", "numpy.load") and not _is(told.get("allow_pickle"), False):
        yield f"{name} without allow_pickle=False"
    if not _is(told.get("allow_pickle", ast.Constant(False)), False):
        yield f"{name} with allow_pickle"
    if not _is(told.get("shell", ast.Constant(False)), False):
        yield f"{name} in a shell"
    if any(isinstance(value, ast.Attribute) and value.attr == "void" for value in call.args) and "dataset" in name:
        yield f"{name} of opaque values"


def _is(value: ast.expr | None, constant: object) -> bool:
    return isinstance(value, ast.Constant) and value.value is constant


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_can_run_what_it_reads(path):
    assert not list(faults(path.read_text(encoding="utf-8")))


def test_rules_have_no_shell_and_no_pickle():
    for path in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if line.strip().startswith(("shell:", "run:")) or "pickle" in line], path


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import dump",
        "import a, cloudpickle.fast",
        "from torch import load",
        "torch.load(path)",
        "torch.load(path, weights_only=True)",
        "torch.jit.load(path)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.save(path, things)",
        "np.fromfile(path, allow_pickle=flag)",
        "pd.read_pickle(path)",
        "table.to_pickle(path)",
        "h5py.opaque_dtype(kind)",
        "file.create_dataset('a', data, np.void)",
        "yaml.load(text, Loader)",
        "from yaml import unsafe_load",
        "eval(text)",
        "exec(text)",
        "os.system(line)",
        "subprocess.run(line, shell=True)",
        "subprocess.Popen(line, shell=flag)",
    ],
)
def test_what_could_is_found(source):
    assert list(faults(source))


@pytest.mark.parametrize(
    "source",
    [
        "network.eval()",
        "np.load(path, allow_pickle=False)",
        "yaml.safe_load(text)",
        "re.compile(text)",
        "json.load(file)",
    ],
)
def test_what_cannot_is_not(source):
    assert not list(faults(source))
