"""xser export: a trained system as one folder that predicts without the study."""

import argparse
import shlex
import shutil
from pathlib import Path

from xser.cli import making, trained
from xser.cli.program import program
from xser.config.study import Study
from xser.files import write_text
from xser.recognition import model_card as cards
from xser.recognition.recogniser import ARCHIVE, CARD, PAGE


def run(options: argparse.Namespace, study: Study) -> int:
    """Write the models, their card and README.md to a new folder, whole or not at all."""
    folder, final = Path(options.folder), making.new_folder(options.folder)
    recogniser, others = trained.recogniser(study, options)
    card = recogniser.card
    card.scores.extend(cards.scores_of(others))
    with making.whole(final) as made:
        shutil.copyfile(recogniser.archive, made / ARCHIVE)
        card.write(made / CARD)
        write_text(made / PAGE, cards.markdown(card, recogniser.classes, recogniser.voters))
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    print(f"{folder}: {', '.join((ARCHIVE, CARD, PAGE))} ({size:.1f} MB); to use it, here or elsewhere")
    print(f"  {program('xser')} predict --model {shlex.quote(str(folder))} my.wav")
    return 0
