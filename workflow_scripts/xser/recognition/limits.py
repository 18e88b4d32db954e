"""Numbers that the command line shows, apart, so that showing them imports nothing."""

WHOLE = 15.0  # seconds; what lasts longer is more than an utterance and is cut into windows
WINDOW = 5.0  # seconds
LEAST = 0.5  # probability; below it a calibrated answer is more likely wrong than right
CANNOT_TELL = "cannot tell"
