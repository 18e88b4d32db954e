"""The optimizers that a config may name, and the one that is fused, against Keras; and what Keras is told by others."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from xser.models.network import FusedAdam
from xser.models.neural import OPTIMIZERS
from xser.models.tensorflow_setup import keras, tf


def test_the_optimizers_of_the_config_are_those_that_keras_can_make_by_name() -> None:
    made = []
    for name in keras.src.optimizers.ALL_OBJECTS_DICT:
        with contextlib.suppress(KeyError, TypeError):  # those that wrap others
            keras.optimizers.get(name)
            made.append(name)
    assert sorted(made) == sorted(OPTIMIZERS)


def test_the_fused_adam_is_that_of_keras() -> None:
    random = np.random.default_rng(0)
    gradients = [random.normal(size=(2, 5, 3)).astype(np.float32) * 10.0**-step for step in range(6)]
    moved = []
    for optimizer in (FusedAdam(0.01), keras.optimizers.Adam(0.01)):
        variables = [keras.Variable(np.ones((5, 3), np.float32)) for _ in range(2)]
        optimizer.build(variables)
        for both in gradients:
            optimizer.apply([tf.constant(g) for g in both], variables)
        moved.append([v.numpy() for v in (*variables, *optimizer.variables)])
    assert not np.allclose(moved[0][0], moved[0][1])
    for ours, theirs in zip(*moved, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5)  # 1 - 0.999 in float32 is 1.3e-5 off; Keras takes float64


def test_a_users_settings_of_keras_change_nothing(tmp_path: Path) -> None:
    """In float64 or float16 the layers refuse the arrays; `channels_first` would flatten in another order."""
    settings = {"floatx": "float64", "epsilon": 1e-7, "backend": "jax", "image_data_format": "channels_first"}
    (tmp_path / "keras.json").write_text(json.dumps(settings), encoding="utf-8")
    code = (
        "from xser.models.tensorflow_setup import keras as k; "
        "print(k.config.floatx(), k.config.image_data_format(), k.config.backend(), k.config.dtype_policy().name)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "KERAS_HOME": str(tmp_path)}, capture_output=True, text=True
    )
    assert run.stdout.split() == ["float32", "channels_last", "tensorflow", "float32"], run.stderr
