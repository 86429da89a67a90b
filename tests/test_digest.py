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


def fresh_digest(script):
    from impactsound import digest

    digest._parsed.cache_clear()
    return code_digest(script)


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
