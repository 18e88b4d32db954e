# Before `configfile:`, which lets the later of two equal keys win and does not say where a file is broken.
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

HERE = workflow.current_basedir.get_path_or_uri(secret_free=True)
if "://" in HERE:
    raise WorkflowError(
        f"xser's library lies beside its rules, and Snakemake fetches rules only ({HERE}): "
        "clone the repository and name workflow/Snakefile of the clone in `module`"
    )
RULES = Path(HERE).resolve()
sys.path.insert(0, str(RULES.parent / "workflow_scripts"))

from xser.config import file as config_file
from xser.errors import InputError
from xser.imports import lead_to_scripts

lead_to_scripts()
if workflow.is_main_process:
    os.environ.pop(config_file.KEPT, None)
# Of a job on a cluster: the config that its run began with, whatever has been edited since.
KEPT = os.environ.get(config_file.KEPT)

try:
    OWN_FILES = [KEPT] if KEPT else config_file.files()
    CONFIG_FILES = [
        *OWN_FILES,
        *map(config_file.relative, workflow.overwrite_configfiles),
    ]
    if workflow.is_main_process:
        config_file.check_all(CONFIG_FILES, [RULES.parent, Path.cwd()])
except InputError as error:
    raise WorkflowError(str(error)) from None

if workflow.modifier.skip_configfile:  # a `module` statement gives the config
    config.update(config_file.over(config_file.merged(OWN_FILES[:1]), config))
