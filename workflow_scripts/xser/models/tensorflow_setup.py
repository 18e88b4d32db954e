"""TensorFlow and Keras, set up before their first use: quiet, quick to import, one thread a process.

Import `tf` and `keras` from here, inside functions or in modules that are imported inside functions: the import takes
seconds, and a process that has imported TensorFlow must not fork.
"""

import os

from xser.models.quick_import import quick_import

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # no faster here, and other bits on other machines
os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "1")  # keeps memory: page faults were a third of long batches' time
os.environ["KERAS_BACKEND"] = "tensorflow"


with quick_import("matplotlib", "pandas", "sklearn"):  # for plots, data frames and wrappers that nothing here uses
    import keras
    import tensorflow as tf

keras.config.set_floatx("float32")  # whatever the user's ~/.keras/keras.json says
keras.config.set_image_data_format("channels_last")

__all__ = ["has_gpu", "keras", "tf"]

try:
    # One thread a process: two make small-batch LSTMs slower, and the other cores belong to other folds and seeds.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for device in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(device, True)  # several folds share one
except RuntimeError:  # already running, with the settings of whoever came first
    pass


def has_gpu() -> bool:
    """Whether TensorFlow computes on a GPU in this process."""
    return bool(tf.config.get_visible_devices("GPU"))
