"""A Keras LSTM layer that runs TensorFlow's fused CPU kernel, with the right gradient.

`BlockLSTMV2` computes all steps of an LSTM in one op, with the gate order (input, forget, cell, output) and so the
weights of Keras' LSTM. The gradient that TensorFlow registers for it is that of another version of the op and is wrong;
here the fitting one, `BlockLSTMGradV2`, is called through a custom gradient. On a GPU stock Keras runs cuDNN instead.
"""

from typing import Any

from xser.models.tensorflow_setup import has_gpu, keras, tf


@tf.custom_gradient
def block_lstm(x: Any, kernel: Any, bias: Any) -> Any:
    """Run an LSTM from zero states.

    Parameters
    ----------
    x
        Inputs (steps, batch, dims), float32.
    kernel
        Kernel over recurrent kernel (dims + units, 4 x units), gates in the order i, f, c, o.
    bias
        Bias (4 x units,).

    Returns
    -------
    The hidden states (steps, batch, units), and a function that maps their gradient to those of the parameters.
    """
    steps = tf.shape(x, out_type=tf.int64)[0]
    units = bias.shape[0] // 4
    zeros, peephole = tf.zeros((tf.shape(x)[1], units)), tf.zeros((units,))
    start = {"cs_prev": zeros, "h_prev": zeros, "wci": peephole, "wcf": peephole, "wco": peephole, "use_peephole": False}
    i, cs, f, o, ci, co, h = tf.raw_ops.BlockLSTMV2(seq_len_max=steps, x=x, w=kernel, b=bias, cell_clip=0.0, **start)

    def gradient(dh: Any) -> Any:
        dx, _, _, dw, _, _, _, db = tf.raw_ops.BlockLSTMGradV2(
            seq_len_max=steps, x=x, w=kernel, b=bias, i=i, cs=cs, f=f, o=o, ci=ci, co=co, h=h,
            cs_grad=tf.zeros_like(cs), h_grad=dh, **start,
        )  # fmt: skip
        return dx, dw, db

    return h, gradient


@keras.saving.register_keras_serializable("xser")
class BlockLSTM(keras.layers.LSTM):
    """`keras.layers.LSTM` on `block_lstm`: the same arguments and weights, for tanh cells without inner dropout.

    A mask must be right-padded (true, then false). With a mask and `return_sequences`, what stands at masked steps is
    zero inside `Bidirectional`, as in Keras, and unspecified elsewhere.
    """

    def __init__(self, units: int, **arguments: Any) -> None:
        super().__init__(units, **arguments)
        if self.return_state or self.stateful or self.dropout or self.recurrent_dropout or not self.use_bias:
            raise NotImplementedError("BlockLSTM has no states to return, no inner dropout, and always a bias")

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Return the last output, all outputs and the last states, for sequences (batch, steps, dims)."""
        lengths = None if mask is None else tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
        x = tf.transpose(sequences, (1, 0, 2))
        if self.go_backwards:
            x = _reverse(x, lengths)
        kernel = tf.concat([self.cell.kernel.value, self.cell.recurrent_kernel.value], axis=0)
        h = block_lstm(x, kernel, tf.convert_to_tensor(self.cell.bias.value))
        if lengths is None:
            last = h[-1]
        else:
            last = tf.gather_nd(h, tf.stack([lengths - 1, tf.range(tf.shape(h)[1])], axis=1))
            if self.go_backwards and self.return_sequences:  # Keras runs backwards over the padding first
                h = tf.reverse(_reverse(h, lengths), axis=[0])
        if not self.return_sequences:
            return last, last[:, None], [last, last]
        outputs = tf.transpose(h, (1, 0, 2))
        if mask is not None and self.zero_output_for_mask:
            shown = tf.reverse(mask, axis=[1]) if self.go_backwards else mask
            outputs = tf.where(shown[..., None], outputs, 0.0)
        return last, outputs, [last, last]


def _reverse(x: Any, lengths: Any) -> Any:
    """Reverse (steps, batch, dims) in time, each sequence within its own length."""
    if lengths is None:
        return tf.reverse(x, axis=[0])
    return tf.reverse_sequence(x, lengths, seq_axis=0, batch_axis=1)


def lstm_class() -> type[keras.layers.LSTM]:
    """The fastest LSTM layer on this machine."""
    return keras.layers.LSTM if has_gpu() else BlockLSTM
