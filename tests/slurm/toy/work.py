"""Sum the numbers in the inputs, after doing what their other lines say.

`eat MB`: use memory. `sleep SECONDS`. `once WORK`: only in the first attempt.
"""

import time
from pathlib import Path


def main(inputs: list[str], output: str, attempt: int) -> None:
    """Work through the lines of all inputs, write the sum of their numbers."""
    total = 0
    for line in (line for path in inputs for line in Path(path).read_text().splitlines()):
        words = line.split()
        if words[0] == "once":
            words = words[1:] if attempt == 1 else ["sleep", "0"]
        if words[0] == "eat":
            food = bytearray(int(words[1]) * 2**20)
            food[::4096] = b"x" * len(food[::4096])
            time.sleep(6)  # the memory is looked at once a second
        elif words[0] == "sleep":
            time.sleep(float(words[1]))
        else:
            total += int(words[0])
    Path(output).write_text(f"{total}\n")


if "snakemake" in globals():
    with Path(snakemake.log[0]).open("w") as log:
        print(f"attempt {snakemake.resources.get('attempt', 1)}", file=log)
    main(list(snakemake.input), snakemake.output[0], snakemake.resources.get("attempt", 1))
