"""Figures, the appendix and the closing words of a run, drawn from a small made-up study."""

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from configs import REPOSITORY
from made_results import CORPORA, LABELS, PLACES, PROTOCOLS, SYSTEMS, TITLES, WHO, Made
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import draw_figure
import make_appendix
import make_spread
from xser.cli.terminal import WIDTH, closing
from xser.config.study import Study
from xser.curves.base import POINTS
from xser.evaluation.comparisons import ALL, COMPARISONS
from xser.evaluation.score import DETAILS, SCORE
from xser.figures import against_paper, confusion, heat_map, importance, learning_curves, speakers, style
from xser.figures.base import families, load_family
from xser.files import write_text
from xser.imports import code
from xser.models import logreg
from xser.models.base import Head
from xser.models.functionals import FittedClassifier
from xser.tables import held_out
from xser.tables.cells import CELLS
from xser.training import history as curves
from xser.training import store
from xser.workflow.report import Report


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A study of two corpora; SAVEE is practice data."""
    return Made(tmp_path_factory.mktemp("made"))


def details(made: Made, protocol: str) -> list[str]:
    """The details of a protocol's scores."""
    return [made.path(f"scores/{run}.details.tsv") for run in made.runs(protocol)]


def scores(made: Made, protocol: str) -> list[str]:
    """The scores of a protocol."""
    return [made.path(f"scores/{run}.tsv") for run in made.runs(protocol)]


def drawings(made: Made) -> dict[str, tuple[dict[str, list[str]], dict[str, Any]]]:
    """Inputs and settings of each family."""
    runs = {
        "rows": [LABELS[s] for s in SYSTEMS], "columns": [TITLES[c] for c in CORPORA], "places": PLACES,
        "held_out_places": PLACES, "published": [[0, 0, 85.0], [1, 1, 35.56]],
    }  # fmt: skip
    table = {"columns": list(CORPORA), "protocol": "paper", "titles": TITLES}
    tsv = {"table": [made.path("tables/table2.tsv")]}
    corpora = {"marked": [False, True], "titles": list(TITLES.values())}
    files = {n: [made.path(f"corpora/{c}/{n}") for c in CORPORA] for n in ("utterances.tsv", "utt2emo", "utt2dur")}
    files["utterances"] = files.pop("utterances.tsv")
    history = made.path("models/history.tsv")
    curves.write(history, HISTORY)
    panels = {"titles": ["mfcc-lstm"]}
    models, names = linear(made.folder / "results")
    return {
        "against_paper": (tsv, table),
        "confusion": ({"details": details(made, "paper"), "scores": scores(made, "paper")}, runs),
        "durations": (files, corpora),
        "emotions": (files, corpora),
        "heat_map": (tsv, table),
        "gains": ({"comparisons": [gains(made.folder / "gains.tsv")]}, GAINS),
        "curve": ({"points": [curve(made.folder / "curve.tsv")], "scores": scores(made, "paper")[:2]}, CURVE),
        "importance": ({"models": [models], "names": [names]}, {"columns": ["EMO-DB"]}),
        "learning_curves": ({"histories": [history]}, panels),
        "speakers": (
            {
                "details": details(made, "speakers"),
                "held_out": details(made, "paper"),
                "scores": scores(made, "speakers") + scores(made, "paper"),
            },
            runs,
        ),
    }


GAINS: dict[str, Any] = {
    **{"baseline": "none", "columns": list(CORPORA), "protocol": "paper", "titles": TITLES},
    "rows": [{"label": x, "matrix": False, "method": x, "train": "others"} for x in ("CORAL", "speakers")],
}


def gains(path: Path) -> str:
    """Comparisons with a baseline: one gain is significant, one row lacks a corpus."""
    lines = [("CORAL", "emodb", 0.1, True), ("CORAL", "savee", -0.02, False), ("speakers", "emodb", 0.2, False)]
    lines += [("CORAL", ALL, 0.04, False)]
    empty = dict.fromkeys(("practice", "significant", "equivalent"), False)
    COMPARISONS.write_records(
        path,
        [
            {**empty, "table": "t", "protocol": "paper", "test": test, "row_a": row, "row_b": "none", "n": 2}
            | {"uar_difference": gain, "uar_significant": sure, "method": "", "marks_a": "", "marks_b": ""}
            for row, test, gain, sure in lines
        ],
    )
    return str(path)


CURVE: dict[str, Any] = {"beside": ["is09-logreg"], "columns": list(CORPORA), "titles": TITLES}


def curve(path: Path) -> str:
    """Two lines, of which one has no K = 0, on two corpora."""
    lines = []
    for test in CORPORA:
        for line, ks in (("others + K", ("0", "1", "all")), ("K alone", ("1", "all"))):
            for k in ks:
                uar = 0.3 + 0.1 * len(k)
                lines.append(
                    {"curve": "c", "protocol": "p", "test": test, "line": line, "k": k, "used": 1.0, "n": 9}
                    | {"speakers": 2, "draws": 3, "practice": True, "interval": "", "chance": 0.2}
                    | {"uar": uar, "uar_low": uar - 0.1, "uar_high": uar + 0.1, "accuracy": uar}
                )
    POINTS.write_records(path, lines)
    return str(path)


def draw_all(made: Made, folder: Path) -> dict[str, Path]:
    """Draw each family once; return name -> SVG."""
    paths = {}
    for family, (inputs, settings) in drawings(made).items():
        paths[family] = folder / f"{family}.svg"
        svg, png = str(paths[family]), str(paths[family].with_suffix(".png"))
        draw_figure.main(family=family, inputs=inputs, svg=svg, png=png, settings={**settings, "practice": True})
    return paths


HISTORY = [
    {"fold": 0, "seed": 0, "epoch": e + 1, "chosen": e == 2, "dev_loss": loss, "dev_uar": uar, "loss": 1.6 - e / 10}
    for e, (loss, uar) in enumerate([(1.5, 0.3), (1.4, 0.5), (1.2, 0.5), (1.1, 0.4)])
]
NAMES = ["F0_sma_max", "F0_sma_de_amean", "pcm_fftMag_mfcc_sma_de[3]_stddev", "pcm_zcr_sma_max"]


def linear(folder: Path) -> tuple[str, str]:
    """An archive with one logistic regression, and the names of its features."""
    names, models, model = folder / "names.txt", folder / "models.zip", folder / "model.npz"
    write_text(names, "\n".join(NAMES) + "\n")
    coefficients = np.array([[1.0, 0, 0, 2], [0, 2, 0, 0], [0, 0, 1, 0]])
    head = Head("emotion", ("anger", "happiness", "sadness"))
    fitted = {"emotion": {"coef": coefficients, "present": np.arange(3)}}
    FittedClassifier((head,), {}, logreg.MODEL, fitted).save(model)
    manifest = {"model": "logreg", "folds": 1, "seeds": [0], "heads": [head.entry()]}
    store.write(models, manifest, [("fold0/seed0.npz", model.read_bytes())])
    return str(models), str(names)


# -- figures -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(made: Made) -> dict[str, Path]:
    """All figures."""
    return draw_all(made, made.folder / "figures")


def test_figures_are_vector_and_png_without_dates(drawn: dict[str, Path]) -> None:
    for path in drawn.values():
        text = path.read_text(encoding="utf-8")
        assert text.lstrip().startswith("<?xml")
        assert "<image" not in text, f"{path.name} holds pixels"
        assert "<dc:date>" not in text
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_figures_have_the_same_bytes_when_drawn_again(made: Made, drawn: dict[str, Path], tmp_path: Path) -> None:
    def digest(paths: dict[str, Path]) -> dict[str, str]:
        files = [f for path in paths.values() for f in (path, path.with_suffix(".png"))]
        return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files}

    assert digest(draw_all(made, tmp_path)) == digest(drawn)


def test_legends_and_dots_are_whole_in_small_figures(made: Made) -> None:
    inputs, settings = drawings(made)["learning_curves"]
    figure = load_family("learning_curves").draw(inputs, settings)
    FigureCanvasAgg(figure).draw()
    legend = figure.legends[0].get_window_extent()
    assert figure.bbox.x0 <= legend.x0 < legend.x1 <= figure.bbox.x1
    dots = [line for axes in figure.axes for line in axes.get_lines() if line.get_marker() == "o"]
    assert [dot.get_clip_on() for dot in dots] == [False]  # one may lie on the last epoch, or at 100 %


def test_practice_data_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *a, **k: shown.append(self.get_suptitle()))
    for practice in (True, False):
        style.save(style.new_figure(6, 3), tmp_path / "x.svg", tmp_path / "x.png", practice)
    assert shown == [style.PRACTICE, style.PRACTICE, "", ""]


def test_every_family_is_drawn_here(drawn: dict[str, Path]) -> None:
    assert {family.module for family in families()} == set(drawn)


def test_a_family_rests_on_its_own_module_and_on_no_plan() -> None:
    """So a change to one family, to the config's code or to the rules' draws no other figure anew."""
    for family in families():
        reached = set(code("draw_figure.py", f"xser/figures/{family.module}.py"))
        assert not any(
            f.startswith(("workflow_scripts/xser/config/", "workflow_scripts/xser/workflow/")) for f in reached
        )
        own = {f"workflow_scripts/xser/figures/{other.module}.py" for other in families()} & reached
        assert own == {f"workflow_scripts/xser/figures/{family.module}.py"}


def test_confusions_are_those_of_the_details(made: Made) -> None:
    matrix = confusion.matrix_of(DETAILS.read(details(made, "speakers")[0]))
    assert matrix.n == 129
    assert matrix.shares.shape == (5, 5)
    np.testing.assert_allclose(matrix.shares.sum(axis=1), 1, atol=1e-5)
    lines = DETAILS.records(details(made, "speakers")[0])
    recalls = [d["value"] for d in lines if d["metric"] == "recall" and d["head"] == "emotion"]
    np.testing.assert_allclose(np.diag(matrix.shares), recalls, atol=1e-5)


def test_every_speaker_is_a_dot(made: Made) -> None:
    spread = speakers.values_of(DETAILS.read(details(made, "speakers")[0]))
    assert spread.speakers == ("s1", "s2", "s3")
    assert spread.n == 129
    assert np.mean(spread.values["accuracy"]) == pytest.approx(spread.overall["accuracy"][0], abs=1e-5)


def test_the_marked_epoch_is_the_chosen_one() -> None:
    (curve,) = learning_curves.curves_of(HISTORY)
    assert (curve.chosen, curve.dev_uar) == (3, (0.3, 0.5, 0.5, 0.4))


def test_further_heads_have_their_own_curves() -> None:
    lines = [{**line, "dev_uar_language": 0.9 - line["epoch"] / 10} for line in HISTORY]
    with_head, without = (learning_curves.curves_of(x) for x in (lines, HISTORY))
    assert with_head[0].heads == {"language": pytest.approx((0.8, 0.7, 0.6, 0.5))}
    figure = learning_curves.draw([("a", with_head), ("b", without)])
    (dashed,) = [line for axes in figure.axes for line in axes.get_lines() if line.get_linestyle() == "--"]
    np.testing.assert_allclose(dashed.get_ydata(), [80, 70, 60, 50])
    assert "that of language" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_importance_groups_descriptors_and_functionals() -> None:
    assert [importance.parse(n) for n in NAMES] == [
        ("F0", "maximum"),
        ("Δ F0", "mean"),
        ("Δ MFCC 3", "deviation"),
        ("zero crossings", "maximum"),
    ]
    descriptors, functionals = importance.shares_of(NAMES, [np.array([[1.0, 0, 0, 2], [0, 2, 0, 0], [0, 0, 1, 0]])])
    assert descriptors == pytest.approx({"F0": 0.1, "Δ F0": 0.4, "Δ MFCC 3": 0.1, "zero crossings": 0.4})
    assert functionals == pytest.approx({"maximum": 0.5, "mean": 0.4, "deviation": 0.1})


# -- the appendix and the terminal -------------------------------------------------------------------------------------


def test_the_appendix_holds_the_tables_and_the_statement(made: Made, tmp_path: Path) -> None:
    settings = {
        "config_digest": "0" * 64, "protocols": WHO, "seeds": [0, 1],
        "corpora": [
            {"title": "A & B_1", "licence": "50 % free", "practice": True},
            {"title": "C", "licence": "CC0", "practice": False},
        ],
    }  # fmt: skip
    cards = [made.path(f"corpora/{c}/card.tsv") for c in CORPORA]
    make_appendix.main(
        tables=[made.path("tables/table2.tex")],
        cards=cards,
        audit=made.path("audit.tsv"),
        tex=str(tmp_path / "paper.tex"),
        settings=settings,
    )
    text = (tmp_path / "paper.tex").read_text(encoding="utf-8")
    assert Path(made.path("tables/table2.tex")).read_text(encoding="utf-8") in text
    assert r"A \& B\_1" in text
    assert r"50 \% free" in text
    for wanted in ("PRACTICE DATA", "numpy", "Commit", "SHA-256 " + "0" * 64, "8 runs", "folds: 3"):
        assert wanted in text


def test_a_run_ends_with_short_tables(made: Made) -> None:
    text = closing({"table2": "Each corpus by itself", "table3": "not made"}, TITLES, made.folder)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "table3" not in text
    line = next(x for x in text.splitlines() if "IS09 + logistic regression, paper" in x)
    cell = next(c for c in CELLS.records(made.path("tables/table2.tsv")) if c["protocol"] == "paper")
    assert f"{100 * cell['accuracy']:.1f} / {100 * cell['uar']:.1f}" in line
    assert re.search(r"n, speakers +129 +129", text)
    assert "SAVEE (p)" in text
    assert "PRACTICE DATA" in text
    assert "results/summary.html" in text or "snakemake --cores 2 report" in text


def test_many_columns_are_broken_to_the_width(made: Made, tmp_path: Path) -> None:
    rows = CELLS.records(made.path("tables/table2.tsv"))
    wide = [{**row, "test": f"corpus{i}"} for i in range(12) for row in rows if row["test"] == "emodb"]
    CELLS.write_records(tmp_path / "results/tables/wide.tsv", wide)
    text = closing({"wide": "x" * 200}, {f"corpus{i}": f"Corpus {i}" for i in range(12)}, tmp_path)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert all(f"Corpus {i}" in text for i in range(12))


def test_marks_reach_the_terminal_and_the_figures(made: Made, tmp_path: Path) -> None:
    rows = CELLS.records(made.path("tables/table2.tsv"))
    rows[0] |= {"transductive": "by speaker " * 12, "oracle": "on the test set", "collapsed": "UAR is not above chance"}
    CELLS.write_records(tmp_path / "results/tables/t.tsv", rows)
    text = closing({"t": "x"}, TITLES, tmp_path)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert f"{100 * rows[0]['accuracy']:.1f} / {100 * rows[0]['uar']:.1f} (toc)" in text
    assert "(t) transductive: by speaker by speaker" in text
    assert "(o) oracle epoch, not a held-out result: on the test set." in text
    unwrapped = " ".join(text.split())
    assert unwrapped.count("(c) collapsed: one class takes over 80 % of the answers, or the interval of UAR") == 1
    first = rows[0]["row"]
    labels = [label.get_text() for label in against_paper.draw(CORPORA, TITLES, rows).axes[0].get_yticklabels()]
    assert labels == [f"{first} (toc)", LABELS["mfcc-lstm"]]
    drawn = heat_map.draw(list(LABELS.values()), CORPORA, TITLES, [r for r in rows if r["protocol"] == "paper"])
    assert [t.get_text() for t in drawn.axes[0].texts].count(f"{100 * rows[0]['uar']:.0f} (toc)") == 1


def test_a_table_of_one_corpus_shows_the_paper_beside_ours_on_the_terminal(made: Made, tmp_path: Path) -> None:
    rows = [r for r in CELLS.records(made.path("tables/table2.tsv")) if r["test"] == "emodb" and r["n"]]
    for row in rows:
        row |= {"paper": 0.85, "verdict": "agrees" if row["protocol"] == "paper" else "not comparable"}
    CELLS.write_records(tmp_path / "results/tables/t.tsv", rows)
    text = closing({"t": "x"}, TITLES, tmp_path)
    assert text.count("paper 85.0") == sum(row["protocol"] == "paper" for row in rows)
    assert max(map(len, text.splitlines())) <= WIDTH


def test_only_results_that_practice_data_reached_are_marked_on_the_terminal(made: Made, tmp_path: Path) -> None:
    rows = CELLS.records(made.path("tables/table2.tsv"))
    first = next(i for i, r in enumerate(rows) if r["test"] == "emodb" and r["n"])
    real = [{**r, "practice": r["test"] != "emodb" or i == first} for i, r in enumerate(rows)]
    CELLS.write_records(tmp_path / "results/tables/t.tsv", real)
    text = closing({"t": "x"}, TITLES, tmp_path)
    shown = [f"{100 * r['accuracy']:.1f} / {100 * r['uar']:.1f}" for r in real if r["test"] == "emodb" and r["n"]]
    assert "EMO-DB (p)" not in text
    assert "SAVEE (p)" in text
    assert text.count(f"{shown[0]} (p)") == 1
    assert sum(text.count(f"{each} (p") for each in {*shown}) == 1


@pytest.mark.parametrize("family", ["confusion", "speakers"])
def test_row_labels_have_the_marks_of_their_runs(family: str, made: Made, tmp_path: Path) -> None:
    inputs, settings = drawings(made)[family]
    files = []
    for i, path in enumerate(inputs["scores"]):
        (row,) = SCORE.records(path)
        more = {"dependent": "10 of 10 speakers" if i == 0 else "", "collapsed": "sadness" if i == 3 else ""}
        SCORE.write_records(tmp_path / f"{i}.tsv", [row | more | {"practice": i == 1}])
        files.append(str(tmp_path / f"{i}.tsv"))
    drawn = load_family(family).draw({**inputs, "scores": files}, settings)
    FigureCanvasAgg(drawn).draw()
    panel = drawn.axes[0]
    shown = " ".join(t.get_text() for axes in drawn.axes for t in (*axes.texts, *panel.get_yticklabels()))
    text = " ".join(shown.split())
    assert f"{LABELS['is09-logreg']} (pd)" in text
    assert f"{LABELS['mfcc-lstm']} (c)" in text


def test_the_spread_has_the_marks_of_its_runs(made: Made, tmp_path: Path) -> None:
    """Also where only training was on practice data."""
    settings = {**made.table_settings(), "practice": []}
    keys = [run for p in PROTOCOLS for run in made.runs(p)]
    scores = []
    for i, run in enumerate(keys):
        (row,) = SCORE.records(made.path(f"scores/{run}.tsv"))
        marked = {"practice": i == 4, "transductive": "by speaker" if i == 5 else "", "oracle": ""}
        SCORE.write_records(path := tmp_path / f"{i}.tsv", [row | marked])
        scores.append(str(path))
    tsv, md = str(tmp_path / "t.tsv"), str(tmp_path / "t.md")
    make_spread.main(scores, [made.path(f"scores/{run}.details.tsv") for run in keys], tsv, md, settings)
    assert held_out.SPREAD.read(tsv)["practice"].tolist() == [True, False, False, False]
    text = Path(md).read_text(encoding="utf-8")
    assert "EMO-DB (practice)" in text
    assert "- Practice data" in text
    assert "regression (t)" in text
    assert "- (t) transductive: by speaker." in text


# -- the plan ----------------------------------------------------------------------------------------------------------


def test_the_plan_names_the_figures_of_each_table(raw: dict[str, Any]) -> None:
    plan = Report(Study({**raw, "protocol": ["paper", "speakers"]}))
    names = {table: [figure.name for figure in plan.table_figures(table)] for table in ("table2", "matrix", "related")}
    assert set(names["table2"]) == {
        "table2-against-paper",
        *(f"table2-{f}-{p}" for f in ("confusion", "importance", "learning-curves") for p in ("paper", "speakers")),
        "table2-speakers-speakers",
    }
    assert "matrix-heat-map-paper" in names["matrix"]
    assert not any("against-paper" in name for name in names["related"])
    assert not any("-gains-" in f.name for f in plan.table_figures("table5")), "a published row is no baseline"
    assert [figure.name for figure in plan.figures[-2:]] == ["corpora-emotions", "corpora-durations"]
    assert "adaptation-gains-paper" in [figure.name for figure in plan.table_figures("adaptation")]
    few = {**raw["curves"]["few-shot"], "default": True}
    assert "few-shot-curve" in [figure.name for figure in Report(Study({**raw, "curves": {"few-shot": few}})).figures]


def test_gains_show_signs_stars_and_means(made: Made) -> None:
    inputs, settings = drawings(made)["gains"]
    figure = load_family("gains").draw(inputs, settings)
    assert [t.get_text() for t in figure.axes[0].texts] == ["+10.0*", "-2.0", "+4.0", "+20.0"]


def test_a_curve_has_its_points_band_and_levels(made: Made) -> None:
    inputs, settings = drawings(made)["curve"]
    first = load_family("curve").draw(inputs, settings).axes[0]
    drawn = [line for line in first.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in drawn] == [[0, 1, 2], [1, 2]]
    assert [round(float(y)) for y in drawn[0].get_ydata()] == [40, 40, 60]
    assert len(first.collections) == 2
    assert [t.get_text() for t in first.get_xticklabels()] == ["0", "1", "all"]


def test_what_the_plan_gives_to_rules_is_builtins_and_pairs_up(raw: dict[str, Any]) -> None:
    plan = Report(Study({**raw, "protocol": ["paper", "speakers"]}))
    inputs, settings = {}, {}
    for family in plan.families:
        wildcards = {"corpora": {}, "table": {"table": "table2"}, "curve": {"curve": "enrolment"}}.get(
            family.shows, {"table": "table2", "protocol": "speakers"}
        )
        inputs[family.name] = plan.figure_inputs(family)(wildcards)
        settings[family.name] = plan.figure_settings(family)(wildcards)
    assert yaml.safe_load(yaml.safe_dump(settings)) == settings
    speakers = settings["speakers"]
    assert len(speakers["places"]) == len(inputs["speakers"]["details"]) == 20
    assert len(speakers["held_out_places"]) == len(inputs["speakers"]["held_out"]) == 20
    assert len(inputs["learning-curves"]["histories"]) == len(settings["learning-curves"]["titles"]) == 10
    models, names = inputs["importance"]["models"], inputs["importance"]["names"]
    assert len(names) == len(models) == len(settings["importance"]["columns"]) == 5
    summary = plan.summary_settings()
    assert len(summary["figures"]) == len(plan.figures)
    assert yaml.safe_load(yaml.safe_dump(summary)) == summary
    assert all((REPOSITORY / path).is_file() for path in plan.captions())


def test_practice_is_marked_by_what_was_trained_on_too(raw: dict[str, Any], tmp_path: Path) -> None:
    corpora = {c: {**e, **({} if "view" in e else {"root": str(tmp_path)})} for c, e in raw["corpora"].items()}
    real = Report(Study({**raw, "corpora": corpora}))
    assert not any(f["practice"] for f in real.summary_settings()["figures"])
    corpora["iemocap"] = {**corpora["iemocap"], "root": "practice"}
    mixed = Report(Study({**raw, "corpora": corpora}))
    marked = {f["name"]: f["practice"] for f in mixed.summary_settings()["figures"]}
    assert marked["table3-confusion-paper"]  # tested on real speech, trained on practice speech
