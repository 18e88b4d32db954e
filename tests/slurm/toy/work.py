"""Sum the numbers in the inputs, after doing what their other lines say.

`eat MB`: use memory. `sleep SECONDS`. `until FILE`: wait until it is there. `once WORK`: only in the first attempt.
`break FILE`: fail if it is there, and remove it. `show VARIABLE`: write it to the log.
"""

import os
import time
from pathlib import Path


def main(inputs: list[str], output: str, log: str, attempt: int) -> None:
    """Work through the lines of all inputs, write the sum of their numbers."""
    seen = [f"attempt {attempt}"]
    Path(log).write_text(seen[0])  # Snakemake shows no further logs of a failed job after an empty one
    total = 0
    for words in (line.split() for path in inputs for line in Path(path).read_text().splitlines()):
        if words[0] == "once":
            words = words[1:] if attempt == 1 else ["sleep", "0"]
        if words[0] == "eat":
            food = bytearray(int(words[1]) * 2**20)
            food[::4096] = b"x" * len(food[::4096])
            time.sleep(6)  # SLURM looks at the memory once a second
        elif words[0] == "sleep":
            time.sleep(float(words[1]))
        elif words[0] == "until":
            while not Path(words[1]).exists():
                time.sleep(0.2)
        elif words[0] == "break":
            if Path(words[1]).exists():
                Path(words[1]).unlink()
                raise SystemExit("broken")
        elif words[0] == "show":
            seen.append(f"{words[1]}={os.environ.get(words[1])}")
        else:
            total += int(words[0])
    Path(log).write_text("\n".join(seen) + "\n")
    Path(output).write_text(f"{total}\n")


if "snakemake" in globals():
    job = snakemake
    inputs = [job.input.data] if isinstance(job.input.data, str) else list(job.input.data)
    main(inputs, job.output[0], job.log[0], job.resources.get("attempt", 1))
