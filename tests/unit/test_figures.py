"""Figures of a small made-up study, and which of them are planned."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from configs import REPOSITORY
from made_figures import HISTORY, NAMES, details, drawings, scores
from made_results import CORPORA, LABELS, PROTOCOLS, Made
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import draw_figure
import make_spread
from xser.config.study import Study
from xser.evaluation import marks
from xser.evaluation.comparisons import COMPARISONS
from xser.evaluation.score import DETAILS, SCORE
from xser.figures import confusion, gains, importance, learning_curves, speakers, style
from xser.figures.base import families, load_family
from xser.imports import code
from xser.tables import held_out
from xser.workflow.report import Report


def draw_all(made: Made, folder: Path) -> dict[str, Path]:
    """Draw each family once; return name -> SVG."""
    paths = {}
    for family, (inputs, settings) in drawings(made).items():
        paths[family] = folder / f"{family}.svg"
        svg, png = str(paths[family]), str(paths[family].with_suffix(".png"))
        draw_figure.main(inputs=inputs, svg=svg, png=png, settings={**settings, "family": family, "practice": True})
    return paths


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


def test_chinese_letters_are_of_an_installed_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "CHINESE", ("none such", "DejaVu Serif", "DejaVu Sans Mono"))
    style.new_figure(1, 1)
    assert rcParams["font.family"] == ["DejaVu Sans", "DejaVu Serif"]
    monkeypatch.undo()
    style.new_figure(1, 1)


def test_every_family_is_drawn_here(drawn: dict[str, Path]) -> None:
    assert {family.module for family in families()} == set(drawn)


def test_a_family_rests_on_its_own_module_and_on_no_plan() -> None:
    """So a change to one family, to the config's code or to the rules' draws no other figure anew."""
    for family in families():
        reached = set(code("draw_figure.py", f"xser/figures/{family.module}.py"))
        assert not any(f.startswith(("xser/config/", "xser/workflow/")) for f in reached)
        own = {f"xser/figures/{other.module}.py" for other in families()} & reached
        assert own == {f"xser/figures/{family.module}.py"}


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
    assert {*importance.shares_of(NAMES, [])[0].values()} == {0.0}, "models that saw one class have no coefficients"


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
    adaptation = raw["tables"]["adaptation"]
    alone = {**raw, "tables": {"adaptation": {**adaptation, "rows": adaptation["rows"][:1]}}, "curves": {}}
    names = [figure.name for figure in Report(Study(alone)).table_figures("adaptation")]
    assert names == ["adaptation-confusion-paper"], "nothing gains over a baseline that is alone"
    few = {**raw["curves"]["few-shot"], "default": True}
    assert "few-shot-curve" in [figure.name for figure in Report(Study({**raw, "curves": {"few-shot": few}})).figures]


def test_gains_show_signs_stars_and_means(made: Made) -> None:
    inputs, settings = drawings(made)["gains"]
    figure = load_family("gains").draw(inputs, settings)
    assert [t.get_text() for t in figure.axes[0].texts] == ["+10.0*", "-2.0", "+4.0", "+20.0"]


def test_gains_name_rows_and_baseline_with_their_marks(made: Made) -> None:
    inputs, settings = drawings(made)["gains"]
    lines = [line | {"marks_a": "t", "marks_b": "c"} for line in COMPARISONS.records(inputs["comparisons"][0])]
    panel = gains.draw(settings, [line | {"marks_a": ""} if line["row_a"] == "speakers" else line for line in lines])
    assert [label.get_text() for label in panel.axes[0].get_yticklabels()] == ["CORAL (t)", "speakers"]
    assert panel.axes[0].get_title() == "gain in UAR over none (c), points"


def test_gains_of_nothing_have_no_colour_and_no_sign(made: Made) -> None:
    inputs, settings = drawings(made)["gains"]
    lines = [
        line | {"uar_difference": -0.0, "uar_significant": False}
        for line in COMPARISONS.records(inputs["comparisons"][0])
    ]
    panel = gains.draw(settings, lines).axes[0]
    assert {t.get_text() for t in panel.texts} == {"+0.0"}
    (mesh,) = panel.collections
    middle = mesh.cmap(0.5)
    FigureCanvasAgg(panel.figure).draw()
    assert {tuple(colour) for colour in mesh.get_facecolors()} <= {middle, (0, 0, 0, 0)}


def test_gains_of_a_matrix_name_what_each_row_learnt_from(made: Made) -> None:
    inputs, settings = drawings(made)["gains"]
    rows = [{"label": f"CORAL: {x}", "matrix": True, "method": "CORAL", "train": x} for x in ("emodb", "others")]
    pooled = {"label": "pooled", "matrix": False, "method": "pooled", "train": "all"}
    figure = load_family("gains").draw(inputs, {**settings, "rows": [*rows, pooled]})
    names = [[label.get_text() for label in axis.get_yticklabels()] for axis in figure.axes]
    assert names == [["EMO-DB", "all others"], ["pooled"]]


@pytest.mark.parametrize("family", ["gains", "heat_map"])
def test_titles_and_axes_of_two_corpora_are_whole(family: str, made: Made) -> None:
    inputs, settings = drawings(made)[family]
    if family == "gains":
        methods = ("CORAL", "corpora normalised, CORAL, all of them pooled")
        rows = [{"matrix": True, "method": m, "label": f"{m}: {x}", "train": x} for m in methods for x in CORPORA]
        settings = {**settings, "rows": rows}
    figure = load_family(family).draw(inputs, settings)
    FigureCanvasAgg(figure).draw()
    texts = [x for x in figure.findobj(Text) if x.get_text() and x.get_visible()]
    edge = figure.bbox.x1 + 1
    assert [x.get_text() for x in texts if not -1 <= x.get_window_extent().x0 <= x.get_window_extent().x1 <= edge] == []
    assert len([x for x in texts if x.get_text().startswith("tested on")]) == (family == "heat_map")


def test_a_curve_has_its_points_band_and_levels(made: Made) -> None:
    inputs, settings = drawings(made)["curve"]
    first = load_family("curve").draw(inputs, settings).axes[0]
    drawn = [line for line in first.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in drawn] == [[0, 1, 2], [1, 2]]
    assert [round(float(y)) for y in drawn[0].get_ydata()] == [40, 40, 60]
    assert len(first.collections) == 2
    assert [t.get_text() for t in first.get_xticklabels()] == ["0", "1", "all"]
    of_emodb = (scores(made, "paper") + scores(made, "speakers"))[::2]
    given = {**inputs, "scores": of_emodb}, {**settings, "beside": [f"system {n}" for n, _ in enumerate(of_emodb)]}
    levels = [line for line in load_family("curve").draw(*given).axes[0].lines if line.get_color() == style.GREY]
    assert len(levels) == 4


def test_a_curve_that_is_no_held_out_result_is_marked_at_its_corpus(made: Made) -> None:
    inputs, settings = drawings(made)["curve"]
    transductive = {**dict.fromkeys(marks.MARKS, ""), "transductive": "by corpus"}
    figure = load_family("curve").draw(inputs, {**settings, "marks": {"emodb": [transductive], "savee": []}})
    assert [axis.get_title() for axis in figure.axes] == ["EMO-DB (t)", "SAVEE"]


def test_systems_beside_a_curve_have_their_marks(made: Made, tmp_path: Path) -> None:
    inputs, settings = drawings(made)["curve"]
    (score,) = SCORE.records(inputs["scores"][0])
    SCORE.write_records(path := tmp_path / "s.tsv", [score | {"transductive": "by speaker", "collapsed": ""}])
    figure = load_family("curve").draw({**inputs, "scores": [str(path)]}, {**settings, "beside": [score["system"]]})
    assert f"{score['system']} (t)" in [text.get_text() for text in figure.legends[0].get_texts()]


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
