# Before `configfile:`, which lets the later of two equal keys win and does not say where a file is broken.
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow_scripts"))

from snakemake.exceptions import WorkflowError

from xser.config import file as config_file
from xser.errors import InputError

CONFIG_FILES = ["config.yaml", *map(config_file.shown, workflow.overwrite_configfiles)]

if workflow.is_main_process:
    try:
        config_file.check(CONFIG_FILES, [workflow.basedir, Path.cwd()])
    except InputError as error:
        raise WorkflowError(str(error)) from None
