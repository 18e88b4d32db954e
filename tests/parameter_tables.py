"""Write the tables of parameters in docs/models.md, features.md and adaptation.md, from the code itself.

A table stands between `<!-- parameters: NAME -->` and `<!-- end -->`. `python tests/parameter_tables.py` renews all;
test_parameter_tables.py fails where a page and the code differ.
"""

import re
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

from xser.adaptation.base import load_adaptation
from xser.features.base import load_extractor
from xser.models.base import load_model
from xser.parameters import Parameters, shown

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES: dict[Path, Callable[[str], Any]] = {
    REPOSITORY / "docs" / "models.md": load_model,
    REPOSITORY / "docs" / "features.md": load_extractor,
    REPOSITORY / "docs" / "adaptation.md": load_adaptation,
}
PLACE = re.compile(r"(<!-- parameters: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(parameters: Parameters) -> str:
    """One line a parameter; neighbours with the same note share one."""
    lines = ["| parameter | default | |", "|---|---|---|"]
    for note, group in groupby(parameters.items(), key=lambda item: item[1].note):
        names, defaults = zip(*((f"`{name}`", shown(p.default)) for name, p in group), strict=True)
        lines.append(f"| {', '.join(names)} | {', '.join(defaults)} | {note} |")
    return "\n".join(lines) + "\n"


def renewed(page: Path) -> str:
    """The text of a page with its tables as the code is now."""
    load = PAGES[page]
    text = page.read_text(encoding="utf-8")
    return PLACE.sub(lambda found: f"{found[1]}{table(load(found[2]).parameters)}{found[3]}", text)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(renewed(page), encoding="utf-8")
