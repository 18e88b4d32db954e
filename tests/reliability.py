"""Write docs/reliability.md: the faults that tests provoke, from the tests themselves.

A test that provokes a fault carries `@pytest.mark.fault(area, done, sees, outcome)`: the area (one of AREAS), what is
done to the run, what the user sees and how it ends. `python tests/reliability.py` collects all of them and writes the
page; test_reliability_page.py fails where the page and the tests differ.
"""

import contextlib
import io

import pytest
from configs import REPOSITORY

PAGE = REPOSITORY / "docs" / "reliability.md"
AREAS = {
    "data": "Hostile data: no file runs code",
    "files": "Damaged files and corpora",
    "config": "The config",
    "run": "The run itself",
    "disk": "Disk and folders",
    "slurm": "SLURM",
}
HEAD = """# Reliability: what was done to a run, and how it ended

Each line is a test that provokes the fault for real and fails if the outcome is another. The page is written from the
tests (`python tests/reliability.py`), so it cannot say more than they do. `make test` runs those in `unit`,
`hostile` and `neural`, `make test-end-to-end`, `test-dag` and `test-slurm` those in the folders of these names.

What xser promises: **a mistake or a damage ends in one clear error that names the file, the line or the key and what to
do; nothing half-written looks finished; no file that is read can run code; no lost process can hang a run; results of
real recordings are not replaced by those of practice data.**
"""


class Collector:
    """A pytest plugin that notes every fault marker of the collected tests, once a test function."""

    def __init__(self) -> None:
        self.faults: dict[str, dict[str, tuple[str, str, str]]] = {area: {} for area in AREAS}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note the markers; parametrised tests are one line."""
        for item in items:
            for marker in item.iter_markers("fault"):
                area, done, sees, outcome = marker.args
                name = item.nodeid.removeprefix("tests/").split("[")[0]
                self.faults[area][f"{done}\0{name}"] = (sees, outcome, name)


def page() -> str:
    """Return the page, as the tests are now."""
    collector = Collector()
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        arguments = ["--collect-only", "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
        status = pytest.main([*arguments, str(REPOSITORY / "tests")], plugins=[collector])
    if status != pytest.ExitCode.OK:
        raise SystemExit(shown.getvalue())
    parts = [HEAD]
    for area, title in AREAS.items():
        faults = collector.faults[area]
        rows = [
            f"| {key.split(chr(0))[0]} | {sees} | {outcome} | `{name}` |"
            for key, (sees, outcome, name) in sorted(faults.items())
        ]
        parts.append(
            "\n".join([f"## {title}\n", "| done | the user sees | outcome | test |", "|---|---|---|---|", *rows, ""])
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
