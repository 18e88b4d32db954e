"""A Keras LSTM layer for training on a CPU: TensorFlow's fused kernel forward, an own gradient backward.

Forward, `BlockLSTMV2` computes all steps of an LSTM in one op, with the gate order (input, forget, cell, output) and so
the weights of Keras' LSTM. The gradient that TensorFlow registers for it is that of another version of the op and is
wrong; the right op, `BlockLSTMGradV2`, adds up the gradient of the kernel step by step, which takes most of its time.
Here only the recursion runs step by step, as one compiled (XLA) function for each `CHUNK` steps; the gradients of
kernels, bias and inputs are then one matrix product each over all steps. On a GPU stock Keras runs cuDNN instead.
"""

from collections.abc import Sequence
from typing import Any

from xser.models.tensorflow_setup import has_gpu, keras, tf

CHUNK = 40  # steps; a fixed number, so that no length of a batch needs another compilation


@tf.custom_gradient
def block_lstm(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """Run an LSTM from zero states.

    Parameters
    ----------
    x
        Inputs (steps, batch, dims), float32.
    kernel, recurrent
        Weights (dims, 4 x units) of the inputs and (units, 4 x units) of the state, gates in the order i, f, c, o.
    bias
        Bias (4 x units,).

    Returns
    -------
    The hidden states (steps, batch, units); as TensorFlow has it, together with a function for their gradient.
    """
    units = recurrent.shape[0]
    zeros, peephole = tf.zeros((tf.shape(x)[1], units)), tf.zeros((units,))
    i, cells, f, o, g, tanh_cells, h = tf.raw_ops.BlockLSTMV2(
        seq_len_max=tf.shape(x, out_type=tf.int64)[0], x=x, w=tf.concat([kernel, recurrent], axis=0), b=bias,
        cs_prev=zeros, h_prev=zeros, wci=peephole, wcf=peephole, wco=peephole, cell_clip=0.0, use_peephole=False,
    )  # fmt: skip

    def gradient(dh: Any) -> Any:
        before = tf.concat([zeros[None], cells[:-1]], axis=0)
        dz = _preactivation_gradient((i, f, g, o, tanh_cells, before, dh), tf.transpose(recurrent))
        flat = tf.reshape(dz, (-1, 4 * units))
        dx = tf.reshape(tf.matmul(flat, kernel, transpose_b=True), tf.shape(x))
        dkernel = tf.matmul(tf.reshape(x, (-1, kernel.shape[0])), flat, transpose_a=True)
        later = tf.reshape(dz[1:], (-1, 4 * units))
        drecurrent = tf.matmul(tf.reshape(h[:-1], (-1, units)), later, transpose_a=True)
        dbias = tf.matmul(tf.ones((1, tf.shape(flat)[0])), flat)[0]  # a sum over rows, three times as fast
        return dx, dkernel, drecurrent, dbias

    return h, gradient


def _preactivation_gradient(parts: tuple[Any, ...], recurrent_t: Any) -> Any:
    """Return the gradient (steps, batch, 4 x units) of what enters the gates.

    `parts` are i, f, g, o, tanh(c), the c before and the gradient of h, each (steps, batch, units). Steps go backwards:
    whole chunks compiled, the first steps of the sequence (fewer than a chunk) as ordinary ops.
    """
    steps, units = tf.shape(parts[0])[0], recurrent_t.shape[1]
    first, chunks = steps % CHUNK, steps // CHUNK
    zeros = tf.zeros_like(parts[0][0])
    batch = parts[0].shape[1]

    def chunk(number: Any, dh: Any, dc: Any, out: Any) -> tuple[Any, ...]:
        begin = first + number * CHUNK
        taken = [tf.ensure_shape(part[begin : begin + CHUNK], (CHUNK, batch, units)) for part in parts]
        dz, dh, dc = _compiled_steps(taken, recurrent_t, dh, dc)
        return number - 1, tf.ensure_shape(dh, zeros.shape), tf.ensure_shape(dc, zeros.shape), out.write(number + 1, dz)

    out = tf.TensorArray(tf.float32, size=chunks + 1, infer_shape=False, element_shape=(None, batch, 4 * units))
    _, dh, dc, out = tf.while_loop(
        lambda number, *_: number >= 0, chunk, (chunks - 1, zeros, zeros, out), parallel_iterations=1
    )
    if parts[0].shape[0] is not None and parts[0].shape[0] % CHUNK == 0:
        start = tf.zeros((0, tf.shape(zeros)[0], 4 * units))
    else:
        start, _, _ = _steps_back([part[:first] for part in parts], recurrent_t, dh, dc)
    return out.write(0, start).concat()  # one copy of all chunks


def _steps_back(parts: Sequence[Any], recurrent_t: Any, dh: Any, dc: Any) -> tuple[Any, Any, Any]:
    """Backpropagate through some steps; return dz (steps, batch, 4 x units) and the gradients of h and c before."""

    def step(t: Any, dh: Any, dc: Any, out: Any) -> tuple[Any, ...]:
        i, f, g, o, tanh_c, before, dh_out = (part[t] for part in parts)
        dh = dh + dh_out
        dc = dc + dh * o * (1.0 - tanh_c * tanh_c)
        gates = [
            dc * g * i * (1.0 - i),
            dc * before * f * (1.0 - f),
            dc * i * (1.0 - g * g),
            dh * tanh_c * o * (1.0 - o),
        ]
        dz = tf.concat(gates, axis=1)
        return t - 1, tf.matmul(dz, recurrent_t), dc * f, out.write(t, dz)

    count, batch, _ = parts[0].shape
    steps = tf.shape(parts[0])[0] if count is None else count
    out = tf.TensorArray(tf.float32, size=steps, element_shape=(batch, recurrent_t.shape[0]))
    loop = tf.while_loop(lambda t, *_: t >= 0, step, (steps - 1, dh, dc, out), parallel_iterations=1)
    return loop[3].stack(), loop[1], loop[2]


_compiled_steps = tf.function(_steps_back, jit_compile=True, autograph=False)


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
        cell = self.cell
        h = block_lstm(x, *(tf.convert_to_tensor(v.value) for v in (cell.kernel, cell.recurrent_kernel, cell.bias)))
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
