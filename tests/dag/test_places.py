"""Where the workflow lies, and where a study: code is found from the one, config and results from the other."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness import CONFIG, Plan, parse, speak
from projects import XSER, copy_repository, environment, snakemake

NOTHING: Plan = set()
CARD, SPLIT = "results/corpora/emodb/card.md", "results/splits/paper/emodb.tsv"
MODULE = """\
configfile: "config.yaml"

module xser:
    snakefile: "../xser/Snakefile"
    config: config

use rule * from xser as xser_*
"""


@dataclass
class Places:
    """A folder that holds a workflow and, beside it, a study."""

    both: Path

    @property
    def xser(self) -> Path:
        """The workflow."""
        return self.both / "xser"

    @property
    def study(self) -> Path:
        """The study."""
        return self.both / "study"

    def snakemake(self, here: Path, *arguments: str) -> str:
        """Run Snakemake somewhere, with no path to any xser."""
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        return snakemake(here, "--logger-xser-plain", *arguments, given=environment)

    def plan(self) -> Plan:
        """What would run for the card."""
        return parse(self.snakemake(self.study, "-n", "--snakefile", "../xser/Snakefile", CARD))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """A study that was run from the workflow's folder, with --directory."""
    places = Places(tmp_path_factory.mktemp("places") / "both")
    copy_repository(places.xser)
    speak(places.study / "speech" / "emodb")
    (places.study / "config.yaml").write_text(CONFIG, encoding="utf-8")
    with open(places.xser / "workflow_scripts/xser/corpora/card.py", "a", encoding="utf-8") as out:
        out.write("\nPath = __import__('pathlib').Path\nPath('beside.txt').write_text(__file__)\n")
    places.snakemake(places.xser, "--directory", str(places.study), CARD)
    return places


@pytest.mark.dag
def test_results_belong_to_the_study_and_code_to_the_workflow(places: Places) -> None:
    assert (places.study / CARD).is_file()
    assert not (places.xser / "results").exists()
    assert Path((places.study / "beside.txt").read_text()).is_relative_to(places.xser), "another xser was imported"


@pytest.mark.dag
def test_a_snakefile_elsewhere_is_the_same_study(places: Places) -> None:
    assert places.plan() == NOTHING


@pytest.mark.dag
def test_a_new_study_is_computed_by_plain_snakemake_in_its_folder(places: Places) -> None:
    folder = places.both / "new"
    subprocess.run([*XSER, "new", str(folder)], check=True, cwd=places.both, env=environment(places.xser))
    printed = places.snakemake(folder, "-n")
    assert "profile profiles/default for setting default" in printed
    for job in ("make_table matrix", "train_models speakers is09-svc emodb", "make_summary"):
        assert re.search(rf"^Job \d+: {job}$", printed, re.MULTILINE)
    assert "lstm" not in printed
    assert "training is09-svc" in places.snakemake(folder, "estimate")
    places.snakemake(folder, CARD)
    assert "| practice data | no |" in (folder / CARD).read_text(encoding="utf-8")
    assert not (places.xser / "results").exists()


@pytest.mark.dag
def test_a_snakefile_of_ones_own_uses_the_workflow_as_a_module(places: Places) -> None:
    (places.study / "Snakefile").write_text(MODULE, encoding="utf-8")
    profile = ["--workflow-profile", "../xser/profiles/default"]
    assert parse(places.snakemake(places.study, "-n", *profile, CARD)) == NOTHING
    assert parse(places.snakemake(places.study, *profile, SPLIT)) == {("xser_split_corpus paper emodb", "missing")}
    assert "still to do" in places.snakemake(places.study, *profile, "xser_estimate")


@pytest.mark.dag
def test_as_a_module_of_the_catalogue(places: Places) -> None:
    """The folder that `snakedeploy deploy-workflow` writes, with the path of the clone in it."""
    folder = places.both / "deployed"
    (folder / "workflow").mkdir(parents=True)
    for name in ("config", "profiles"):
        shutil.copytree(places.xser / name, folder / name)
    module = MODULE.replace('"config.yaml"', '"config/config.yaml"').replace(" as xser_*", "")
    module = module.replace("../xser/Snakefile", str(places.xser / "workflow" / "Snakefile"))
    (folder / "workflow" / "Snakefile").write_text(module, encoding="utf-8")
    printed = places.snakemake(folder, "-n")
    assert "profile profiles/default for setting default" in printed
    assert "train_models speakers is09-svc emodb" in printed
    assert "lstm" not in printed


@pytest.mark.dag
def test_a_folder_without_a_config_is_the_papers_practice_study(places: Places, tmp_path: Path) -> None:
    planned = places.snakemake(places.xser, "-n", "--directory", str(tmp_path))
    assert "make_practice_iemocap" in planned


@pytest.mark.dag
def test_moved_together_and_checked_out_anew_nothing_runs(places: Places, tmp_path: Path) -> None:
    moved = Places(tmp_path / "moved")
    subprocess.run(["cp", "-a", str(places.both), str(moved.both)], check=True)
    assert moved.plan() == NOTHING
    for path in moved.xser.rglob("*"):
        os.utime(path)
    assert moved.plan() == NOTHING
