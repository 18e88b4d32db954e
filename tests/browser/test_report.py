"""The report as a reader sees it: a small study is run, its pages opened in headless Chromium, its appendix compiled.

Screenshots go to the folder that XSER_SCREENSHOTS names, by default beside the test's temporary files.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from projects import copy_repository, snakemake
from summary_page import Page, value_at

from xser.audit.checks import AUDIT
from xser.corpora.card import CARD
from xser.files import read_tsv
from xser.summary.appendix import appendix

SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-dev-shm-usage", "--allow-file-access-from-files",
)  # fmt: skip
CONFIG = """\
emotions: [anger, fear, happiness, neutral, sadness]
protocols:
  paper: {kind: paper}
  speakers: {kind: speakers, folds: 2}
protocol: [paper, speakers]
seeds: [0, 1]
intervals: {confidence: 0.95, samples: 200}
corpora:
  emodb: {title: EMO-DB, root: practice, paper: {test: ["03"], n: 43}}
  savee: {title: SAVEE, root: practice, paper: {test: [DC], n: 90}}
languages:
  deu: {name: German, family: Germanic}
  eng: {name: English, family: Germanic}
features:
  is09: {extractor: opensmile, set: IS09}
models:
  lstm: {layers: [4], epochs: 3, patience: 3}
systems:
  is09-logreg: {features: is09, model: logreg}
  is09-svc: {features: is09, model: svc}
  is09-lstm: {features: is09, model: lstm}
  is09-lstm-language: {features: is09, model: lstm, heads: {emotion: 1.0, language: 1.0, gender: 0.3}}
tables:
  table2:
    caption: Each corpus by itself
    columns: [emodb, savee]
    rows:
      - {label: IS09 + logistic regression, system: is09-logreg, train: same, paper: [85, 46]}
      - {label: IS09 + LSTM, system: is09-lstm, train: same, paper: [86.05, 55.56]}
      - {label: IS09 + LSTM with language ID, system: is09-lstm-language, train: all}
  matrix:
    caption: Every corpus against every corpus
    columns: all
    rows:
      - {system: is09-svc, train: each}
"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the small study and its report were made."""
    folder = tmp_path_factory.mktemp("study")
    copy_repository(folder)
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    snakemake(folder, "report")
    snakemake(folder, "report", "--report", "results/report.html")
    return folder


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go."""
    folder = Path(os.environ.get("XSER_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    print("screenshots:", folder)
    return folder


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    """Headless Chromium that records all that pages ask for."""
    need("chromium", "chromedriver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for switch in (*SWITCHES, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_window_size(1280, 900)
    driver.get("about:blank")
    driver.get_log("performance"), driver.get_log("browser")  # what the browser's own first page asked for
    try:
        yield driver
    finally:
        driver.quit()


def need(*programs: str) -> None:
    """Skip, or fail where XSER_REQUIRE_BROWSER=1 (in CI), if one of these is not installed."""
    if absent := [p for p in programs if not shutil.which(p)]:
        message = f"no {', '.join(absent)}: apt-get install $(grep -v '^#' tests/browser/packages.txt)"
        if os.environ.get("XSER_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)


@pytest.mark.parametrize(("required", "outcome"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_missing_programs_fail_where_they_are_required(
    monkeypatch: pytest.MonkeyPatch, required: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("XSER_REQUIRE_BROWSER", required)
    with pytest.raises(outcome, match="no no-such-browser: apt-get install"):
        need("no-such-browser", sys.executable)


def requested(browser: Any) -> list[str]:
    """The addresses that were asked for since the last call, but for files, data and blobs."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return [u for u in found if not u.startswith(("file:", "data:", "blob:", "about:"))]


def complaints(browser: Any) -> list[str]:
    """What the browser's console says is wrong."""
    return [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]


def whole(browser: Any, path: Path) -> None:
    """A screenshot of the page from top to bottom."""
    import base64

    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    path.write_bytes(base64.b64decode(shot["data"]))


def emulate(browser: Any, width: int, height: int, scheme: str, medium: str = "") -> None:
    """Show pages at a size, in light or dark, on screen or paper."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium, "features": features})


LOOKS = {
    "desk": (1280, 900, "light", ""),
    "dark": (1280, 900, "dark", ""),
    "phone": (390, 844, "light", ""),
    "print": (1000, 1400, "light", "print"),
}


@pytest.mark.parametrize("look", LOOKS)
def test_summary_page(study: Path, browser: Any, screenshots: Path, look: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    emulate(browser, *LOOKS[look])
    browser.get((study / "results/summary.html").as_uri())
    high = browser.execute_script("return document.documentElement.scrollHeight")
    assert high < 8000, f"{high} pixels to scroll through"
    whole(browser, screenshots / f"summary-{look}-folded.png")
    browser.execute_script("for (const fold of document.querySelectorAll('details')) fold.open = true")
    WebDriverWait(browser, 20).until(
        lambda b: b.execute_script("return [...document.images].every(i => i.naturalWidth)")
    )
    images = browser.execute_script("return [...document.images].map(i => [i.complete, i.naturalWidth, i.width])")
    assert len(images) >= 10
    assert all(complete and natural > 100 and shown > 100 for complete, natural, shown in images)
    wide = browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} pixels wider than the screen"
    assert corner(browser) == (look == "dark"), "figures are light in the light and dark in the dark"
    whole(browser, screenshots / f"summary-{look}.png")
    assert requested(browser) == []
    assert complaints(browser) == []


def corner(browser: Any) -> bool:
    """Whether the corner of the first figure is dark."""
    shown = """
        const canvas = Object.assign(document.createElement("canvas"), {width: 9, height: 9}).getContext("2d");
        canvas.drawImage(document.images[0], 0, 0);
        return canvas.getImageData(2, 2, 1, 1).data[0];
    """
    return bool(browser.execute_script(shown) < 128)


@pytest.mark.parametrize("metric", ["uar", "accuracy"])
def test_one_switch_turns_all_results_to_another_metric(study: Path, browser: Any, metric: str) -> None:
    browser.get((study / "results/summary.html").as_uri())
    browser.find_element("css selector", f"label[for=by-{metric}]").click()
    shown = browser.execute_script(
        "return [...document.querySelectorAll('table.results .main span[data-source], .findings span[data-source]')]"
        ".filter(x => x.checkVisibility()).map(x => x.dataset.source.split(':')[2])"
    )
    others = {"uar": "accuracy", "accuracy": "uar"}[metric]
    assert sum(column == metric for column in shown) >= 8
    assert not [column for column in shown if column and column.startswith(others)]


KEPT = {
    "table2.tsv": "results/tables/table2.tsv",
    "table2.comparisons.tsv": "results/tables/table2.comparisons.tsv",
    "table2.tex": "results/tables/table2.tex",
    "table2-against-paper.svg": "results/figures/table2-against-paper.svg",
}


def test_a_reader_keeps_files(study: Path, browser: Any, tmp_path: Path) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path / "kept")}
    )
    browser.get((study / "results/summary.html").as_uri())
    for name, path in KEPT.items():
        browser.execute_script(f"document.querySelector('[data-keep=\"{name}\"]').click()")
        kept = tmp_path / "kept" / name
        WebDriverWait(browser, 20).until(lambda _, kept=kept: kept.exists())
        assert kept.read_bytes() == (study / path).read_bytes()
    assert complaints(browser) == []


NUMBERS = {
    "accuracy": ("table.results .main span[data-source]", "results/tables/table2.tsv"),
    "heads.language.value": (".head span[data-source$='language.value']", "results/tables/table2.tsv"),
    "lowest": ("details span[data-source$=':lowest']", "results/tables/table2.spread.tsv"),
}
OPEN = """
    document.documentElement.style.scrollBehavior = "auto";
    const [number] = arguments, folded = number.closest("details"), tapped = number.closest("[popover]");
    if (folded) folded.open = true;
    if (tapped) tapped.showPopover();
    number.scrollIntoView({block: "center"});
"""


@pytest.mark.parametrize("column", NUMBERS)
def test_a_click_shows_where_a_number_comes_from(study: Path, browser: Any, column: str) -> None:
    selector, path = NUMBERS[column]
    browser.get((study / "results/summary.html").as_uri())
    number = browser.find_element("css selector", selector)
    browser.execute_script(OPEN, number)
    number.click()
    bar = browser.find_element("id", "source")
    assert bar.is_displayed()
    found = re.fullmatch(r"(\S+), line (\d+), (\S+)", bar.text)
    assert found
    assert (found[1], found[3]) == (path, column)
    value = value_at(read_tsv(study / path)[int(found[2]) - 2], column)
    assert f"{100 * float(value):.1f}" == number.text
    browser.execute_script("document.querySelector('h1').click()")
    assert not bar.is_displayed()


def test_a_tap_on_a_number_shows_the_rest(study: Path, browser: Any) -> None:
    browser.get((study / "results/summary.html").as_uri())
    number = browser.find_element("css selector", "table.results .main button")
    more = browser.find_element("css selector", "table.results .more")
    assert not more.is_displayed()
    browser.execute_script(OPEN, number)
    number.click()
    assert more.is_displayed()
    for part in ("macro F1", "majority class", "tested utterances, speakers", "the paper's accuracy", "trained on"):
        assert part in more.text
    assert complaints(browser) == []


def test_every_number_of_a_study_that_was_run_is_traced(study: Path) -> None:
    page = Page((study / "results/summary.html").read_text(encoding="utf-8"))
    assert page.untraced() == []
    assert page.wrong(study) == []
    tables = ("table2", "matrix")
    assert {f"results/tables/{t}{ending}.tsv" for t in tables for ending in ("", ".spread")} <= page.files()
    shown = {source for source, _ in page.traced}
    for number, line in enumerate(read_tsv(study / "results/tables/table2.tsv"), start=2):
        for head in ("gender", "language"):
            wanted = line["system"] == "is09-lstm-language"
            assert (f"results/tables/table2.tsv:{number}:heads.{head}.value" in shown) == wanted


def test_the_page_is_made_anew_when_a_spread_changes_and_only_then(study: Path) -> None:
    assert "Nothing to be done" in snakemake(study, "-n", "report")
    spread = study / "results/tables/table2.spread.tsv"
    kept, times = spread.read_bytes(), spread.stat()
    try:
        spread.write_bytes(kept.replace(b"\tyes", b"\tno", 1))
        found = snakemake(study, "-n", "report", "--logger-xser-plain")
    finally:
        spread.write_bytes(kept)
        os.utime(spread, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert set(re.findall(r"^Job \d+: (\w+)", found, re.MULTILINE)) == {"make_summary", "report"}


def test_links_of_the_page_lead_to_its_parts(study: Path, browser: Any) -> None:
    browser.get((study / "results/summary.html").as_uri())
    links = [a.get_attribute("href").partition("#")[2] for a in browser.find_elements("css selector", "nav a")]
    assert links == ["findings", "tables", "corpora", "methods", "audit"]
    browser.execute_script("document.documentElement.style.scrollBehavior = 'auto'")
    for link, anchor in zip(browser.find_elements("css selector", "nav a"), links, strict=True):
        browser.execute_script("arguments[0].click()", link)
        top = browser.execute_script(f"return document.getElementById('{anchor}').getBoundingClientRect().top")
        assert top < 900, anchor
    assert "Practice data" in browser.find_element("tag name", "header").text


def test_report_of_snakemake(study: Path, browser: Any, screenshots: Path) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    wait = WebDriverWait(browser, 30, ignored_exceptions=[Exception])

    def click(text: str) -> None:
        wait.until(lambda b: next(a for a in b.find_elements("tag name", "a") if text in a.text)).click()

    def rows() -> list[Any]:
        return list(browser.find_elements("css selector", "table tbody tr"))

    def drawn() -> list[int]:
        script = "return [...document.images].map(i => i.naturalWidth * (i.width > 100))"
        return [width for width in browser.execute_script(script) if width > 100]

    browser.get((study / "results/report.html").as_uri())
    wait.until(lambda b: b.find_element("tag name", "iframe"))  # it opens on the summary page
    browser.switch_to.frame(browser.find_element("tag name", "iframe"))
    wait.until(lambda b: b.find_element("id", "findings").is_displayed())
    browser.switch_to.default_content()
    whole(browser, screenshots / "report.png")
    found = {}
    for category in ("Corpora", "table2: Each corpus by itself", "matrix: Every corpus against every corpus"):
        click(category)
        wait.until(lambda b: rows())
        found[category.partition(":")[0]] = {row.text.partition(" ")[0] for row in rows()}
        for row in [r for r in rows() if not r.text.startswith("table")]:
            row.find_element("tag name", "a").click()
            wait.until(lambda b: drawn())
        whole(browser, screenshots / f"report-{category.partition(':')[0]}.png")
        click("Results")
    assert found["Corpora"] == {"durations", "emotions"}
    assert {"against", "confusion", "importance", "learning", "speakers", "table"} <= found["table2"]
    assert {"heat", "confusion", "table"} <= found["matrix"]
    click("Summary")
    wait.until(lambda b: rows())[0].find_element("tag name", "a").click()
    wait.until(lambda b: b.find_element("tag name", "iframe"))
    browser.switch_to.frame(browser.find_element("tag name", "iframe"))
    wait.until(lambda b: b.find_element("css selector", "table.results").is_displayed())
    browser.find_element("css selector", "nav a[href='#audit']").click()
    assert browser.find_element("id", "audit").is_displayed()
    browser.switch_to.default_content()
    whole(browser, screenshots / "report-summary.png")
    assert requested(browser) == []
    assert complaints(browser) == []


@pytest.mark.parametrize("letters", [False, True])
def test_appendix_compiles(study: Path, tmp_path: Path, letters: bool) -> None:
    need("pdflatex")
    text = (study / "results/paper.tex").read_text(encoding="utf-8")
    if letters:
        table = (study / "results/tables/table2.tex").read_text(encoding="utf-8").replace("IS09 +", "{[}Ω{]} 语料")
        corpus = {"title": "[语]", "licence": "«CC0»", "practice": True}
        card = CARD.records(study / "results/corpora/emodb/card.tsv")
        given = {"config_digest": "", "corpora": [corpus], "protocols": {"[p]": "ł"}, "seeds": [0]}
        text = appendix([table], [card], AUDIT.records(study / "results/audit.tsv"), given)
    (tmp_path / "paper.tex").write_text(text, encoding="utf-8")
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    assert (tmp_path / "paper.pdf").stat().st_size > 10_000
    overfull = [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide", run.stdout)]
    assert max(overfull, default=0) < 20, run.stdout[-3000:]
