// LibTorch takes another way through recurrent layers on a device than on the CPU, and adds in another order. Here it is
// the CPU's way (oneDNN's LSTM aside): one layer with biases, a frame at a time. Gradients come from autograd.
#include <torch/torch.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace tsd::walled {
namespace {

using torch::Tensor;
using torch::TensorList;

// What comes from the input of one time, already multiplied, to the next state.
Tensor gru_step(const Tensor& input, const Tensor& h, const Tensor& w, const Tensor& b) {
  const auto from_input = input.chunk(3, 1), from_state = torch::linear(h, w, b).unsafe_chunk(3, 1);
  const Tensor reset = from_state[0].add_(from_input[0]).sigmoid_();
  const Tensor update = from_state[1].add_(from_input[1]).sigmoid_();
  const Tensor fresh = from_input[2].add(from_state[2].mul_(reset)).tanh_();
  return (h - fresh).mul_(update).add_(fresh);
}

std::tuple<Tensor, Tensor> lstm_step(const Tensor& input, const Tensor& h, const Tensor& c, const Tensor& w,
                                     const Tensor& b) {
  const auto gates = torch::linear(h, w, b).add_(input).unsafe_chunk(4, 1);
  const Tensor in = gates[0].sigmoid_(), forget = gates[1].sigmoid_(), fresh = gates[2].tanh_();
  const Tensor out = gates[3].sigmoid_(), next = (forget * c).add_(in.mul(fresh));
  return {out * next.tanh(), next};
}

// How LibTorch says what a layer is like.
struct Shape {
  std::int64_t layers;
  double dropout;
  bool has_biases, bidirectional, batch_first;
};

Tensor turned(const Tensor& frames, const Shape& shape) {
  return shape.batch_first ? frames.transpose(0, 1) : frames;
}

// `step` takes the product of a frame and the weights of state and bias to the next state.
template <class Step>
Tensor one_way(const Tensor& frames, TensorList w, bool backwards, const Step& step) {
  auto products = torch::linear(frames, w[0], w[2]).unbind(0);
  if (backwards) std::ranges::reverse(products);
  std::vector<Tensor> all;
  for (const Tensor& now : products) all.push_back(step(now, w[1], w[3]));
  if (backwards) std::ranges::reverse(all);
  return torch::stack(all, 0);
}

// `step` is told the direction, too.
template <class Step>
Tensor all_ways(const Tensor& input, TensorList w, const Shape& shape, const Step& step) {
  TORCH_CHECK(shape.has_biases && shape.layers == 1 && shape.dropout == 0,
              "walled device: expected one layer with biases");
  std::vector<Tensor> ways;
  for (std::size_t way = 0; way < (shape.bidirectional ? 2 : 1); ++way)
    ways.push_back(one_way(turned(input, shape), w.slice(4 * way, 4), way == 1,
                           [&](auto... given) { return step(way, given...); }));
  return turned(shape.bidirectional ? torch::cat(ways, 2) : ways[0], shape);
}

std::tuple<Tensor, Tensor> rnn(const Tensor& input, const Tensor& start, TensorList w, bool biases,
                               std::int64_t layers, double dropout, bool, bool both, bool batch_first) {
  auto h = start.unbind(0);
  const auto step = [&](std::size_t way, const Tensor& now, const Tensor& w_h, const Tensor& b) {
    return h[way] = torch::tanh(torch::linear(h[way], w_h, b).add_(now));
  };
  const Tensor all = all_ways(input, w, {layers, dropout, biases, both, batch_first}, step);
  return {all, torch::stack(h, 0)};
}

std::tuple<Tensor, Tensor> gru(const Tensor& input, const Tensor& start, TensorList w, bool biases,
                               std::int64_t layers, double dropout, bool, bool both, bool batch_first) {
  auto h = start.unbind(0);
  const auto step = [&](std::size_t way, const Tensor& now, const Tensor& w_h, const Tensor& b) {
    return h[way] = gru_step(now, h[way], w_h, b);
  };
  const Tensor all = all_ways(input, w, {layers, dropout, biases, both, batch_first}, step);
  return {all, torch::stack(h, 0)};
}

std::tuple<Tensor, Tensor, Tensor> lstm(const Tensor& input, TensorList start, TensorList w, bool biases,
                                        std::int64_t layers, double dropout, bool, bool both,
                                        bool batch_first) {
  auto h = start[0].unbind(0), c = start[1].unbind(0);
  const auto step = [&](std::size_t way, const Tensor& now, const Tensor& w_h, const Tensor& b) {
    std::tie(h[way], c[way]) = lstm_step(now, h[way], c[way], w_h, b);
    return h[way];
  };
  const Tensor all = all_ways(input, w, {layers, dropout, biases, both, batch_first}, step);
  return {all, torch::stack(h, 0), torch::stack(c, 0)};
}

Tensor gru_cell(const Tensor& input, const Tensor& h, const Tensor& w_input, const Tensor& w_state,
                const std::optional<Tensor>& b_input, const std::optional<Tensor>& b_state) {
  return gru_step(torch::linear(input, w_input, b_input.value()), h, w_state, b_state.value());
}

std::tuple<Tensor, Tensor> lstm_cell(const Tensor& input, TensorList start, const Tensor& w_input,
                                     const Tensor& w_state, const std::optional<Tensor>& b_input,
                                     const std::optional<Tensor>& b_state) {
  return lstm_step(torch::linear(input, w_input, b_input.value()), start[0], start[1], w_state,
                   b_state.value());
}

void take_layers(torch::Library& m) {
  m.impl("rnn_tanh.input", TORCH_FN(rnn));
  m.impl("gru.input", TORCH_FN(gru));
  m.impl("lstm.input", TORCH_FN(lstm));
  m.impl("gru_cell", TORCH_FN(gru_cell));
  m.impl("lstm_cell", TORCH_FN(lstm_cell));
}

TORCH_LIBRARY_IMPL(aten, AutogradPrivateUse1, m) { take_layers(m); }
TORCH_LIBRARY_IMPL(aten, PrivateUse1, m) { take_layers(m); }

}  // namespace
}  // namespace tsd::walled
