"""Which code a result depends on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from configs import REPOSITORY

from xser import imports


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    files = {
        "job.py": "from xser.a import x\nimport numpy\n",
        "xser/__init__.py": "",
        "xser/a.py": "if TYPE_CHECKING:\n    import xser.unused\ndef f():\n    from xser.sub import b\n",
        "xser/sub/__init__.py": "",
        "xser/sub/b.py": "import xser.c\n",
        "xser/c.py": "import xser.a\nfrom . import d\nfrom .sub import e\nNAMES = 'names.txt'\nOTHER = 'absent.txt'",
        "xser/d.py": "",
        "xser/names.txt": "import xser.unused",
        "xser/sub/e.py": "from ..f import g",
        "xser/f.py": "",
        "xser/unused.py": "",
    }
    for name, text in files.items():
        path = tmp_path / "workflow_scripts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(imports, "SCRIPTS", tmp_path / "workflow_scripts")
    for cached in (imports._imports, imports.code):
        cached.cache_clear()
    yield tmp_path
    for cached in (imports._imports, imports.code):
        cached.cache_clear()


def test_all_depths_late_and_relative_imports_packages_cycles_and_data_files(tree: Path) -> None:
    scripts = tree / "workflow_scripts"
    all_files = {str(p.relative_to(scripts)) for p in scripts.rglob("*.*") if p.is_file()}
    assert set(imports.code("job.py")) == all_files - {"xser/unused.py"}


def test_explicit_files_are_followed_too(tree: Path) -> None:
    assert "xser/unused.py" in imports.code("job.py", "xser/unused.py")


def test_what_is_really_imported_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each script's imports in Python and compare with what was found in its text."""
    monkeypatch.chdir(REPOSITORY)
    probe = (
        "import sys, runpy; sys.path.insert(0, 'workflow_scripts'); runpy.run_path(sys.argv[1]);"
        "print('\\n'.join(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'xser' and m.__file__))"
    )
    for script in sorted(Path("workflow_scripts").glob("*.py")):
        run = subprocess.run([sys.executable, "-c", probe, str(script)], capture_output=True, text=True, check=True)
        loaded = {os.path.relpath(line, imports.SCRIPTS) for line in run.stdout.split()}
        assert loaded <= set(imports.code(script.name)), script
