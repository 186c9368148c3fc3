// y = ReLU(gamma * x_hat + beta), x_hat = (x - mean x) / sqrt(var x + eps), over one row of H values.
#pragma once

namespace tsd::kernels {

// The row normalised is x + shift. Writes x_hat and y; returns 1 / sqrt(var + eps).
float layer_norm_relu_forward(int H, const float* x, const float* shift, const float* gamma,
                              const float* beta, float eps, float* x_hat, float* y);
// dx from dy; adds to d_gamma and d_beta.
void layer_norm_relu_backward(int H, const float* dy, const float* y, const float* x_hat,
                              float reciprocal_std, const float* gamma, float* dx, float* d_gamma,
                              float* d_beta);

}  // namespace tsd::kernels
