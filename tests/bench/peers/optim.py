"""Adam as PyTorch's, on trees of JAX arrays."""
import jax
import jax.numpy as jnp


def adam_start(parameters):
    # Arrays of their own: what is donated must not be shared.
    return {"first": jax.tree.map(jnp.zeros_like, parameters), "second": jax.tree.map(jnp.zeros_like, parameters),
            "step": jnp.zeros((), jnp.int32)}


def adam(parameters, gradient, moments, lr, decay=0.0):
    """`decay`: decoupled."""
    step = moments["step"] + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments["first"], gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, moments["second"], gradient)
    size = lr / (1 - 0.9**step)
    root = jnp.sqrt(1 - 0.999**step)
    parameters = jax.tree.map(lambda p, m, v: (1 - lr * decay) * p - size * m / (jnp.sqrt(v) / root + 1e-8), parameters, first, second)
    return parameters, {"first": first, "second": second, "step": step}


def clipped(gradient, limit):
    """The gradient, of at most this norm, and its norm."""
    norm = jnp.sqrt(sum(jnp.vdot(g, g) for g in jax.tree.leaves(gradient)))
    scale = jnp.minimum(1, limit / (norm + 1e-6))
    return jax.tree.map(lambda g: scale * g, gradient), norm
