"""The speech model of Tripathi & Beigi 2018 (arXiv 1804.05788), on 100 frames of 34 short-term features.

Theirs: a bidirectional LSTM of 128 cells, a bidirectional "attention decoder" of 128 cells over all its states, its 100
outputs flattened, dense 512 (ReLU), softmax over 4 classes; Adadelta, batches of 100, 100 epochs. Their decoder is a
custom recurrent layer: at each output step additive (Bahdanau) attention, asked by the decoder's previous state, mixes
the encoder's states, and a gated cell with softmax output reads the mixture.

Here the same is composed of stock Keras layers, so that saved files load everywhere, and it differs in three ways: the
attention is asked by the encoder's state of that step instead of by the decoder's previous state (with learned
projections of 128 for query and key, and scaled dot products in place of the additive score), so that all steps are
computed at once; the two directions share one attention; and the decoder's cell is an LSTM with its usual output.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from xser.models.base import Head
from xser.models.neural import TRAINING, NeuralModel
from xser.parameters import Parameter, Parameters, changed, integer

if TYPE_CHECKING:
    from xser.models.network import Kit


class Tripathi(NeuralModel):
    """Bidirectional LSTM, attention, bidirectional LSTM, flattened, dense."""

    title = "attention-based recurrent networks"
    references = ("tripathi2018", "abadi2016")
    parameters: ClassVar[Parameters] = {
        "units": Parameter(
            128, integer(1), "theirs. Cells a direction, of encoder and decoder, and width of the attention"
        ),
        "dense": Parameter(512, integer(1), "theirs"),
        **TRAINING,
        "frames": Parameter(100, integer(1), "theirs. They are flattened, so whole utterances cannot enter"),
        **changed(TRAINING, "theirs", optimizer="adadelta", batch_size=100, epochs=100),
        **changed(TRAINING, "theirs (the default of Adadelta in Keras 2)", learning_rate=1.0),
        **changed(TRAINING, "our assumption", patience=20),
        **changed(TRAINING, "ours: the best on development speakers. `oracle` is what they published", epoch="dev"),
    }

    def layers(self, shape: Mapping[str, Any]) -> list[str]:
        return ["encoder", "attention_query", "attention_key", "attention", "decoder", "dense"]

    def build(self, kit: "Kit", frames: int | None, dims: int, heads: Sequence[Head], shape: Mapping[str, Any]) -> Any:
        from xser.models.tensorflow_setup import keras

        units = shape["units"]

        def both_ways(name: str, x: Any) -> Any:
            return keras.layers.Bidirectional(kit.LSTM(units, return_sequences=True, name=name), name=name)(x)

        inputs = keras.Input((frames, dims), name="features")
        states = both_ways("encoder", inputs)
        query = keras.layers.Dense(units, use_bias=False, name="attention_query")(states)
        key = keras.layers.Dense(units, use_bias=False, name="attention_key")(states)
        context = keras.layers.Attention(use_scale=True, name="attention")([query, states, key])
        x = keras.layers.Flatten(name="flatten")(both_ways("decoder", context))
        x = keras.layers.Dense(shape["dense"], activation="relu", name="dense")(x)
        return keras.Model(inputs, kit.outputs(x, heads), name="tripathi")


MODEL = Tripathi()
