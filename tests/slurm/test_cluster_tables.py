"""The real workflow on a real cluster: the same bytes as on one machine, also when work is cut up and things break."""

import shutil
from pathlib import Path

import pytest
from cluster import Cluster
from runs import PACKED, ClusterRun, held, recover, until

pytestmark = [pytest.mark.slurm, pytest.mark.timeout(900)]

ACROSS = "results/tables/across.md"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """The small project of the incrementality tests, before its first run; each test takes a copy."""
    from harness import Project

    return Project(tmp_path_factory.mktemp("original"))


def whole(results: dict[str, bytes]) -> dict[str, bytes]:
    """Results without the pieces that only cut work has."""
    return {path: content for path, content in results.items() if not {"shards", "parts"} & {*Path(path).parts}}


def assert_same(found: dict[str, bytes], expected: dict[str, bytes]) -> None:
    """Compare two sets of results byte by byte."""
    assert sorted(found) == sorted(expected)
    assert not [path for path in expected if found[path] != expected[path]]


@pytest.fixture(scope="module")
def local(original, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:  # type: ignore[no-untyped-def]
    """All results of a run on this machine, in one piece."""
    from harness import TARGETS

    made = original.moved(tmp_path_factory.mktemp("local") / "project")
    made.snakemake(*TARGETS)
    return made.results()


@pytest.mark.fault(
    "slurm",
    "the config is edited while a run goes on, whose jobs read it on their nodes",
    "nothing",
    "the run goes on as it began; the same bytes as on one machine",
)
def test_cut_up_and_packed_on_the_cluster_gives_the_same_bytes(  # type: ignore[no-untyped-def]
    cluster: Cluster, original, local: dict[str, bytes], tmp_path: Path
) -> None:
    from harness import TARGETS

    made = original.moved(tmp_path / "project")
    made.edit("config.yaml", lambda text: f"{text}shards: 2\ntraining_parts: 2\n")
    run = ClusterRun(cluster, made.folder, *PACKED, "--xser-slurm-max-queued", "3", *TARGETS)
    until(run.jobs, 120, "a job")
    # Jobs on nodes read the config when they start: what is edited meanwhile is for the next run.
    made.edit("config.yaml", lambda text: text.replace("epochs: 2", "epochs: 3").replace("C: 0.01", "C: 0.1"))
    assert run.wait(800) == 0, run.output[-5000:]
    folder = made.folder / ".snakemake/slurm_logs"
    members = [path for path in folder.glob("*/**/*.log") if not path.parent.name.endswith("_jobs")]
    jobs = run.jobs("-t", "all")
    print(f"{len(members)} jobs and chains in {len(jobs)} jobs of SLURM")
    assert len(jobs) < len(members)
    assert [path for path in members if "_" in path.stem and "group_evaluate" in str(path)], "chains in packs"
    rules = {path.relative_to(folder).parts[0].partition("_")[2] for path in members}
    assert {"extract_shard", "merge_features", "train_part", "merge_models"} <= rules
    assert not rules & {"map_emotions", "split_corpus", "make_table"}, "trivia are no jobs"
    assert not rules & {"predict_emotions", "score_predictions"}, "chains share a job"
    assert_same(whole(made.results()), local)


@pytest.mark.fault(
    "slurm",
    "a study: snakemake killed, then a node, then a recording deleted",
    "the file's name, no traceback",
    "the same bytes as on one machine; no half archive",
)
def test_snakemake_and_a_node_killed_and_a_wav_gone(  # type: ignore[no-untyped-def]
    cluster: Cluster, original, local: dict[str, bytes], tmp_path: Path
) -> None:
    made = original.moved(tmp_path / "project")
    run = ClusterRun(cluster, made.folder, ACROSS)
    run.await_running("extract_features", 240)
    run.kill()
    assert run.jobs(), "orphans run on"
    recovered = recover(cluster, made.folder)
    assert recovered.returncode == 0, recovered.stderr
    assert not run.jobs()

    again = ClusterRun(cluster, made.folder, ACROSS)
    node = again.await_running("train_models", 240)[2]
    cluster.kill_node(node)
    try:
        assert again.wait(400) == 0, again.output[-5000:]
    finally:
        cluster.revive(node)
    results = made.results()
    assert results["tables/across.tsv"] == local["tables/across.tsv"]
    assert_same(results, {path: local[path] for path in results})

    wav = sorted((made.folder / "speech/emodb/wav").iterdir())[5]
    for stage in ("features", "models", "predictions", "scores", "tables"):
        shutil.rmtree(made.path(f"results/{stage}"))
    with held(cluster):
        last = ClusterRun(cluster, made.folder, ACROSS, "--retries", "0")
        until(lambda: len(last.jobs()) >= 2, what="queued extractions")
        wav.unlink()
    assert last.wait(240) == 1
    assert wav.name in last.seen
    assert "Traceback" not in last.seen
    assert not list(made.folder.glob("results/features/*/emodb.ark")), "no half archive"
