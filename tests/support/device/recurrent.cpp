// LibTorch takes another way through GRU and LSTM on a device than on the CPU, and adds in another order. Here it is the
// CPU's way: one layer with biases, a frame at a time. Gradients come from autograd.
#include <torch/torch.h>

#include <tuple>
#include <vector>

namespace tsd::walled {
namespace {

using torch::Tensor;
using torch::TensorList;

Tensor turned(const Tensor& frames, bool batch_first) { return batch_first ? frames.transpose(0, 1) : frames; }

void check(bool has_biases, std::int64_t layers, double dropout, bool bidirectional) {
  TORCH_CHECK(has_biases && layers == 1 && dropout == 0 && !bidirectional,
              "walled device: expected one layer with biases, in one direction");
}

std::tuple<Tensor, Tensor> gru(const Tensor& input, const Tensor& start, TensorList w, bool has_biases,
                               std::int64_t layers, double dropout, bool, bool bidirectional, bool batch_first) {
  check(has_biases, layers, dropout, bidirectional);
  Tensor h = start[0];
  std::vector<Tensor> all;
  for (const Tensor& now : torch::linear(turned(input, batch_first), w[0], w[2]).unbind(0)) {
    const auto from_input = now.chunk(3, 1), from_state = torch::linear(h, w[1], w[3]).unsafe_chunk(3, 1);
    const Tensor reset = from_state[0].add_(from_input[0]).sigmoid_();
    const Tensor update = from_state[1].add_(from_input[1]).sigmoid_();
    const Tensor fresh = from_input[2].add(from_state[2].mul_(reset)).tanh_();
    h = (h - fresh).mul_(update).add_(fresh);
    all.push_back(h);
  }
  return {turned(torch::stack(all, 0), batch_first), h.unsqueeze(0)};
}

std::tuple<Tensor, Tensor, Tensor> lstm(const Tensor& input, TensorList start, TensorList w, bool has_biases,
                                        std::int64_t layers, double dropout, bool, bool bidirectional,
                                        bool batch_first) {
  check(has_biases, layers, dropout, bidirectional);
  Tensor h = start[0][0], c = start[1][0];
  std::vector<Tensor> all;
  for (const Tensor& now : torch::linear(turned(input, batch_first), w[0], w[2]).unbind(0)) {
    const auto gates = torch::linear(h, w[1], w[3]).add_(now).unsafe_chunk(4, 1);
    const Tensor in = gates[0].sigmoid_(), forget = gates[1].sigmoid_(), fresh = gates[2].tanh_();
    const Tensor out = gates[3].sigmoid_();
    c = (forget * c).add_(in.mul(fresh));
    h = out * c.tanh();
    all.push_back(h);
  }
  return {turned(torch::stack(all, 0), batch_first), h.unsqueeze(0), c.unsqueeze(0)};
}

TORCH_LIBRARY_IMPL(aten, AutogradPrivateUse1, m) {
  m.impl("gru.input", TORCH_FN(gru));
  m.impl("lstm.input", TORCH_FN(lstm));
}
TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) {
  m.impl("gru.input", TORCH_FN(gru));
  m.impl("lstm.input", TORCH_FN(lstm));
}

}  // namespace
}  // namespace tsd::walled
