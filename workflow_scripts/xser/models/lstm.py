"""The LSTM of the paper: two layers of 128 cells, then a softmax (or several heads), on frames or on functionals.

Frames enter zero-padded or cut to `frames` (the paper: 120), and the state after the last of them is used; with
`frames: null` whole utterances enter, masked, and the state after their own last frame is used. Functionals enter as
`steps` steps, one step of 384 for IS09.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from xser.models.base import FittedModel, Head
from xser.models.neural import TRAINING, NeuralModel
from xser.parameters import Parameter, Parameters, integer, list_of, number, one_of

if TYPE_CHECKING:
    from xser.models.network import Kit


class LSTM(NeuralModel):
    """LSTM layers, then dense layers."""

    title = "long short-term memory networks"
    references = ("hochreiter1997", "abadi2016")
    parameters: ClassVar[Parameters] = {
        "layers": Parameter([128, 128], list_of(integer(1), least=1), "paper. Cells of each LSTM layer"),
        "bidirectional": Parameter(False, one_of(False, True), "our assumption. LSTM layers in both directions"),
        "dense": Parameter(
            [],
            list_of(integer(1)),
            "Units of dense layers (ReLU) before the heads. The paper's transfer model has one; `[128]` is our "
            "assumption",
        ),
        "dropout": Parameter(0.0, number(least=0, below=1), "our assumption. After each LSTM and each dense layer"),
        **TRAINING,
    }

    def layers(self, shape: Mapping[str, Any]) -> list[str]:
        """Return lstm_1, lstm_2, ..., dense_1, ..."""
        counts = {"lstm": len(shape["layers"]), "dense": len(shape["dense"])}
        return [f"{kind}_{i}" for kind, count in counts.items() for i in range(1, count + 1)]

    def load(self, path: Path) -> FittedModel:
        """Read what a training saved, as a model that predicts without TensorFlow."""
        from xser.models import lstm_forward

        return lstm_forward.load(path, self)

    def build(self, kit: "Kit", frames: int | None, dims: int, heads: Sequence[Head], shape: Mapping[str, Any]) -> Any:
        from xser.models.tensorflow_setup import keras

        inputs = keras.Input((frames, dims), name="features")
        x = inputs if frames is not None else keras.layers.Masking(name="padding")(inputs)
        for n, units in enumerate(shape["layers"], start=1):
            name = f"lstm_{n}"
            layer = kit.LSTM(units, return_sequences=n < len(shape["layers"]), name=name)
            x = (keras.layers.Bidirectional(layer, name=name) if shape["bidirectional"] else layer)(x)
            if shape["dropout"]:
                x = keras.layers.Dropout(shape["dropout"], name=f"{name}_dropout")(x)
        for n, units in enumerate(shape["dense"], start=1):
            x = keras.layers.Dense(units, activation="relu", name=f"dense_{n}")(x)
            if shape["dropout"]:
                x = keras.layers.Dropout(shape["dropout"], name=f"dense_{n}_dropout")(x)
        return keras.Model(inputs, kit.outputs(x, heads), name="lstm")


MODEL = LSTM()
