"""`logger: xser`: what a run prints, for people.

The Snakefile gives the handler a `screen` (xser.cli.screen), which turns Snakemake's records into lines. Until then,
and with `--logger-xser-plain`, records are printed as Snakemake itself prints them. xser is imported by the Snakefile,
and not here, because it must come from the folder of the workflow.
"""

import io
import os
import re
import sys
from dataclasses import dataclass, field
from logging import LogRecord
from typing import Any

from snakemake.logging import ColorizingTextHandler, DefaultFormatter
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

SCREEN = "XSER_SCREEN"  # in the environment of jobs: their errors and progress are shown here
PLACE = r'  File "[^"]*", line \d+, in .*'
OURS = re.compile(rf'WorkflowError in file "[^"]*/rules/\w+\.smk", line \d+:\n(.*?)(?:\n{PLACE})?', re.DOTALL)
CONFIG = ("in _get_overwrite_config", "Config file is not valid", "Config file must be given as")  # which one, no word
STARTING = ("Building DAG of jobs", "Assuming unrestricted shared filesystem", "Config file ", "Workflow has started")


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """What the command line can set."""

    plain: bool = field(default=False, metadata={"help": "print what Snakemake itself prints", "required": False})


class LogHandler(LogHandlerBase):
    """What Snakemake looks for in a plugin."""

    writes_to_stream, writes_to_file = True, False
    has_filter, has_formatter = False, True  # Snakemake's filter heeds --quiet
    needs_rulegraph = False

    def __post_init__(self) -> None:
        """Prepare what prints records that no screen shows."""
        if isinstance(sys.stdout, io.TextIOWrapper):  # what a terminal of another encoding cannot show is escaped
            sys.stdout.reconfigure(errors="backslashreplace")
        stream = sys.stdout if self.common_settings.stdout else sys.stderr
        self.plain = ColorizingTextHandler(nocolor=self.common_settings.nocolor, stream=stream)
        self.plain.setFormatter(DefaultFormatter(self.common_settings.quiet, self.common_settings.show_failed_logs))
        self.wanted = not getattr(self.settings, "plain", False) and not self.common_settings.verbose
        self.screen: Any = None
        if self.wanted:
            os.environ[SCREEN] = "1"

    def emit(self, record: LogRecord) -> None:
        """Show a record. An error of that must not end the thread that shows all others."""
        try:
            self._show(record)
        except Exception:
            self.handleError(record)

    def _show(self, record: LogRecord) -> None:
        if not self.wanted:
            self.plain.emit(record)
        elif self.screen:
            self.screen.show(record)
        elif not str(record.msg).startswith(STARTING):
            if getattr(record, "event", None) == LogEvent.ERROR:
                record.msg = _explained(str(record.msg))
            self.plain.emit(record)

    def close(self) -> None:
        """Leave nothing on the terminal that is no line."""
        if self.screen:
            self.screen.close()
        super().close()


def _explained(text: str) -> str:
    """An error before the run, without the place in our rules; in clear words where --configfile is its cause."""
    if ours := OURS.fullmatch(text.strip()):
        return f"ERROR: {ours[1]}"
    if not any(words in text for words in CONFIG):
        return text
    from xser.config.file import given_files_problem

    return given_files_problem(sys.argv) or text
