"""The catalogue of corpora: all readers, and the table of docs/corpora.md (`python -m xser.corpora.catalogue`)."""

import pkgutil
from pathlib import Path

from xser.corpora import __path__ as folder
from xser.corpora.base import Reader, load_reader
from xser.corpora.names import NameReader
from xser.errors import InputError

PAGE = Path(__file__).parents[3] / "docs" / "corpora.md"
BEGIN, END = "<!-- catalogue: written by python -m xser.corpora.catalogue -->\n", "<!-- end of the catalogue -->\n"


def readers() -> dict[str, Reader]:
    """Return name -> reader, in order of the names."""
    found = {}
    for module in sorted(pkgutil.iter_modules(folder), key=lambda m: m.name):
        try:
            found[module.name] = load_reader(module.name)
        except InputError:
            continue
    return found


def markdown() -> str:
    """Return the table of the corpora, and what is worth knowing of each."""
    named = {name: reader for name, reader in readers().items() if reader.releases}
    rows = ["| reader | corpus | language | speakers | recordings | such as | licence | where |", "|---" * 8 + "|"]
    for name, reader in named.items():
        languages = [reader.language, *(sorted({*reader.languages.values()}) if isinstance(reader, NameReader) else ())]
        example = f"`{reader.example}`" if isinstance(reader, NameReader) else "see below"
        cells = [f"`{name}`", f"{reader.title} ({reader.reference})", ", ".join(languages), str(reader.speakers)]
        cells += [" or ".join(f"{n:,}" for n in reader.releases), example, reader.licence, reader.source]
        rows.append(f"| {' | '.join(cells)} |")
    notes = [f"- **{reader.title}**: {reader.note}" for reader in named.values() if reader.note]
    return "\n".join([*rows, "", *notes, ""])


def page(text: str) -> str:
    """Return the text of a page with the table in its place."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}{markdown()}{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
