// The element-wise part of recurrent cells, forward and backward, one row (one sequence at one step) per
// call. H units; blocks of H floats in PyTorch's gate order. The matrix products are the caller's:
//   input = W_ih x,  hidden = W_hh h',  with ' for the previous step.
#pragma once
#include <cstddef>

namespace tsd::kernels {

// h = tanh(input + hidden + bias)
void tanh_cell_forward(std::size_t H, const float* input, const float* hidden, const float* bias, float* h);
// d_gate = dh (1 - h^2), the gradient of both input and hidden.
void tanh_cell_backward(std::size_t H, const float* h, const float* dh, float* d_gate);

// torch.nn.GRUCell (Cho et al. 2014, arXiv:1406.1078), reset gate on the recurrent product:
//   r = sigmoid(input_r + hidden_r + bias_r)
//   u = sigmoid(input_u + hidden_u + bias_u)
//   n = hidden_c + bias_n
//   c = tanh(input_c + bias_c + r n)
//   h = (1 - u) c + u h'
// input, hidden [3 H]: blocks r, u, c. bias [4 H]: r, u, c, n; the last belongs to hidden_c, under the gate r.
// saved [4 H]: r, u, c, n.
void gru_cell_forward(std::size_t H, const float* input, const float* hidden, const float* bias,
                      const float* h_previous, float* saved, float* h);
// d_input and d_hidden [3 H]; dh_previous: the part that does not pass through W_hh.
void gru_cell_backward(std::size_t H, const float* saved, const float* h_previous, const float* dh,
                       float* d_input, float* d_hidden, float* dh_previous);

// The GRU of LFADS: its reset gate acts before the recurrent product W_n (r h'), which lies between the two
// halves, and its state is clipped. Blocks z, r, n in input, bias and d_input; hidden [2 H].
// saved [3 H]: z, r = sigmoid(input + hidden + bias), and n from the second half; reset = r h'
void clipped_gru_gates(std::size_t H, const float* input, const float* hidden, const float* bias,
                       const float* h_previous, float* saved, float* reset);
// n = tanh(input_n + candidate + bias_n), h = min(max(z h' + (1 - z) n, -clip), clip)
void clipped_gru_state(std::size_t H, const float* input, const float* candidate, const float* bias,
                       const float* h_previous, float clip, float* saved, float* h);
// d_candidate [H] = d_input_n, d_gates_z [H] = d_input_z, dh_previous: what passes z alone.
void clipped_gru_state_backward(std::size_t H, const float* saved, const float* h_previous, const float* dh,
                                float clip, float* d_input, float* d_gates, float* d_candidate,
                                float* dh_previous);
// From the gradient of r h': d_gates_r = d_input_r; adds r d_reset to dh_previous.
void clipped_gru_gates_backward(std::size_t H, const float* saved, const float* h_previous,
                                const float* d_reset, float* d_input, float* d_gates, float* dh_previous);

// i, f, o = sigmoid(.), g = tanh(.) of input + hidden + bias; c = f c' + i g; h = o tanh(c)
// saved [5 H]: i, f, g, o, tanh(c)
void lstm_cell_forward(std::size_t H, const float* input, const float* hidden, const float* bias,
                       const float* c_previous, float* saved, float* c, float* h);
// dc: in, the gradient of c from the next step; out, that of c'. d_gates [4 H], of both input and hidden.
void lstm_cell_backward(std::size_t H, const float* saved, const float* c_previous, const float* dh,
                        float* dc, float* d_gates);

}  // namespace tsd::kernels
