"""All checks of the runs of one table, in order, and the errors that they end in."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xser.audit.adaptation import AdaptationAudit
from xser.audit.card import CardAudit
from xser.audit.checks import Audit
from xser.audit.given import Given
from xser.audit.learning import LearningAudit
from xser.audit.predicted import PredictionAudit
from xser.audit.scaling import ScalingAudit
from xser.errors import raise_all


def audited(audit: Audit, card: str | Path | None = None) -> tuple[list[dict[str, Any]], int]:
    """The lines of the audit, one a run, and how many predictions were made again; `card` is that of their training.

    Raises
    ------
    InputError
        Names every leak, forgery and other thing that is wrong.
    """
    raise_all(
        "the audit found labels, splits or models that are not those of the config",
        [*audit.wrong_data(), *(problem for archive in audit.archives() for problem in audit.wrong_models(*archive))],
        "delete these files and run again",
    )
    scaling, adaptation = ScalingAudit(audit), AdaptationAudit(audit, given := Given(audit))
    scaled = {archive: scaling.check(*archive) for archive in audit.archives()}
    problems = [problem for _, wrong in scaled.values() for problem in wrong]
    lines = []
    learning, predictions = LearningAudit(audit, given), PredictionAudit(audit, given)
    again = list(_again(audit, learning, predictions))
    for run in audit.settings["runs"]:
        line, wrong = audit.check(run)
        used = [(run["protocol"], system, train) for system, train in run["models"]]
        how = {text for archive in used for text in (scaled[archive][0], adaptation.how(*archive)) if text}
        file = predictions.path(*(run[key] for key in ("protocol", "system", "train", "test")))
        lines.append({**line, "scaling": "; ".join(sorted(how)), "recomputed": predictions.count.get(file, 0)})
        problems += wrong
    raise_all(
        "the audit found that training and test are not kept apart",
        sorted(set(problems)),
        "results that rest on these are not to be believed: remove the copies from a corpus, name other held-out "
        "speakers or training sets, or delete files that were altered, and run again",
    )
    raise_all(
        "the audit found models that learnt from others than they should, or predictions that are not theirs",
        again,
        "results that rest on these are not to be believed: delete these files and run again",
    )
    if card:
        raise_all(
            "the audit found a calibration that does not follow from development speakers who were not learnt from",
            CardAudit(audit, learning, predictions).check(card),
            "what `xser predict` says by it is not to be believed: delete this file and run again",
        )
    return lines, sum(predictions.count.values())


def _again(audit: Audit, learning: LearningAudit, predictions: PredictionAudit) -> Iterator[str]:
    """Make again what models were given and what they predicted; features of one kind after the other."""
    settings, tests = audit.settings, defaultdict[tuple[str, str, str], list[str]](list)
    for *archive, test in settings["predictions"]:
        tests[archive[0], archive[1], archive[2]].append(test)
    for protocol, system, train in sorted(
        audit.archives(), key=lambda archive: (settings["systems"][archive[1]]["features"], archive)
    ):
        if f"{system}/{train}" in settings["learning"]:
            yield from learning.check(protocol, system, train)
        if found := tests[protocol, system, train]:
            yield from predictions.check(protocol, system, train, found)
    for run in settings["runs"]:
        if run["combine"]:
            yield from predictions.check_combined(run)
