# What all stages share: the checked study, ids as wildcard constraints, what a job is called.
# Logic lives in workflow_scripts/xser and is tested there.
import re

from xser import paths
from xser.cli.screen import Screen
from xser.cli.terminal import closing
from xser.config.study import Study
from xser.estimate.costs import Costs
from xser.estimate.prices import Prices
from xser.estimate.sizes import Sizes
from xser.imports import code, own_file
from xser.workflow import corpora, curves, features, recognition, results, training
from xser.workflow.lock import lock_note
from xser.workflow.settings import any_of

if KEPT:
    config.clear()
    config.update(config_file.kept(KEPT))
# The leave to replace results of real recordings is given by hand, never by a file. A `module` statement may give a part
# of the config, which is without it.
GIVEN = config_file.typed(workflow.config_settings.config)
REPLACE = GIVEN.pop("replace", False)
if "replace" in workflow.config_settings.config:
    config.pop("replace", None)
if not workflow.modifier.skip_configfile:
    config.update(config_file.over(config, GIVEN))

try:
    STUDY = Study(config, " with ".join(CONFIG_FILES))
    if workflow.is_main_process:
        print(end=lock_note(), file=sys.stderr)
        corpora.check_files(STUDY)
        corpora.check_results()
        if not REPLACE:
            corpora.check_roots(STUDY)
        if workflow.nodes and not workflow.output_settings.dryrun:
            config_file.keep(config)
    # here, because an error within an input function is shown with a traceback
    for asked in sys.argv[1:]:
        training.check_path(STUDY, asked)
    PRICES = Prices(STUDY, Costs.best(), Sizes(STUDY))
    # Memory and time that jobs ask a cluster for, or `--resources` bounds; nobody else asks for them.
    ASKED = workflow.nodes or set(workflow.global_resources) > {"_cores", "_nodes"}
    REQUEST = PRICES.requests() if ASKED else {}
except InputError as error:
    raise WorkflowError(error.short("correct these first")) from None


for handler in workflow.logger_manager.get_log_handlers():
    if hasattr(handler, "screen"):  # `logger: xser` in the profile
        cores, dryrun = (
            workflow.resource_settings.cores,
            handler.common_settings.dryrun,
        )
        handler.screen = Screen(lambda: workflow.dag, PRICES, cores, dryrun)


def run_of(w):
    """The run of a path."""
    return training.run_of(STUDY, w.protocol, w.system, w.train, w.test)


def of_audio(file):
    """A file of the corpus whose audio a corpus has: its own, or the one that it is a view of."""
    return lambda w: paths.corpus(STUDY.corpora[w.corpus].audio, file)


def runs_of(w):
    """The runs of a training on the corpora that it learnt from."""
    return recognition.runs(STUDY, w.protocol, w.system, w.train)


def label(rule):
    """What Snakemake's own log calls a job: its rule and its wildcards, in the order of its path."""
    found = re.findall(r"{(\w+)", str(rule.output[0])) if rule.output else []
    return " ".join([rule.name, *(f"{{wildcards.{w}}}" for w in found)])


TRAINING = ("{protocol}", "{system}", "{train}")
RUN = (*TRAINING, "{test}")


wildcard_constraints:
    corpus=any_of(STUDY.corpora),
    curve=any_of(STUDY.curves),
    features=any_of(STUDY.features),
    protocol=any_of(STUDY.protocols),
    system=any_of(STUDY.systems),
    table=any_of(STUDY.tables),
    test=any_of(STUDY.corpora),
    train=r"[a-z0-9_+]+(-to-[a-z0-9_+]+)*(-for-[a-z0-9_]+)?",
    shard=r"\d+",
    part=r"\d+",
