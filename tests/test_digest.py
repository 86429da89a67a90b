"""The digest changes with the code that a script reaches, and with no other."""

import pytest

from impactsound.digest import code_digest, reached

FILES = {
    "impactsound/__init__.py": "",
    "impactsound/near.py": "from impactsound.deep import far\n",
    "impactsound/deep/__init__.py": '"""Empty."""\n',
    "impactsound/deep/far.py": "",
    "impactsound/late.py": "",
    "impactsound/other.py": "",
    "impactsound/page.py": "",
    "impactsound/page.html.j2": "<p>",
    "rule.py": "from impactsound.near import thing\n\ndef f():\n    import impactsound.late\n",
    "paged.py": "import impactsound.page\n",
}


@pytest.fixture
def root(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def fresh_digest(script, *modules):
    from impactsound import digest

    digest._parsed.cache_clear()
    return code_digest(script, *modules)


def test_reaches_what_is_imported_directly_or_not_and_inside_functions(root):
    names = {path.relative_to(root).as_posix() for path in reached(root / "rule.py", root)}
    assert names == {
        "rule.py",
        "impactsound/__init__.py",
        "impactsound/near.py",
        "impactsound/deep/__init__.py",
        "impactsound/deep/far.py",
        "impactsound/late.py",
    }


@pytest.mark.parametrize("name", FILES)
def test_changes_with_what_is_reached_only(root, name):
    before = fresh_digest(root / "rule.py"), fresh_digest(root / "paged.py")
    path = root / name
    path.write_text(path.read_text() + "# changed\n")
    after = fresh_digest(root / "rule.py"), fresh_digest(root / "paged.py")
    everyone = name == "impactsound/__init__.py"
    of_page = name in ("paged.py", "impactsound/page.py", "impactsound/page.html.j2")
    of_rule = not of_page and name != "impactsound/other.py"
    assert (before[0] != after[0]) == (of_rule or everyone)
    assert (before[1] != after[1]) == (of_page or everyone)


def test_what_is_found_by_a_name_is_declared_and_counts_with_all_that_it_imports(root):
    script = root / "rule.py"
    (root / "impactsound" / "parts").mkdir()
    for name, text in {"__init__": "", "one": "import impactsound.other\n", "two": ""}.items():
        (root / "impactsound" / "parts" / f"{name}.py").write_text(text)
    one, two = "impactsound.parts.one", "impactsound.parts.two"
    found = {path.relative_to(root).as_posix() for path in reached(script, root, [one]) - reached(script, root)}
    assert found == {"impactsound/parts/__init__.py", "impactsound/parts/one.py", "impactsound/other.py"}
    before = fresh_digest(script), fresh_digest(script, one), fresh_digest(script, two), fresh_digest(script, one, two)
    assert len(set(before)) == 4 and fresh_digest(script, two, one) == before[3]
    (root / "impactsound" / "parts" / "three.py").write_text("")  # one more makes nothing run again
    assert (fresh_digest(script), fresh_digest(script, one), fresh_digest(script, two)) == before[:3]
    (root / "impactsound" / "other.py").write_text("# changed\n")
    after = fresh_digest(script), fresh_digest(script, one), fresh_digest(script, two)
    assert [a != b for a, b in zip(after, before, strict=False)] == [False, True, False]
