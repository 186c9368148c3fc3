// Layers that families are made of: forward and gradients on the walled device have the CPU's bits.
#include <torch/torch.h>

#include <functional>

#include "support/catch.hpp"

namespace tsd::walled {
namespace {

using torch::Tensor;
using Layer = std::function<Tensor(const std::vector<Tensor>&)>;

// Output, and the gradients of all inputs.
std::vector<Tensor> pass(const Layer& layer, const std::vector<Tensor>& inputs, const std::string& device) {
  std::vector<Tensor> leaves, found;
  for (const Tensor& input : inputs) leaves.push_back(input.clone().to(device).requires_grad_());
  found.push_back(layer(leaves));
  found[0].square().sum().backward();
  for (const Tensor& leaf : leaves) found.push_back(leaf.grad());
  for (Tensor& tensor : found) tensor = tensor.detach().cpu();
  return found;
}

// oneDNN's LSTM adds in an order of its own: in this program nobody uses it.
const bool without_onednn = (at::globalContext().setUserEnabledMkldnn(false), true);

}  // namespace

TEST_CASE("walled: layers have the CPU's bits, forward and backward", "[walled]") {
  torch::manual_seed(2);
  at::set_num_threads(1);
  const std::int64_t B = 5, T = 4, n = 7, H = 6;
  const auto x = torch::randn({B, T, n}), h = torch::randn({1, B, H}), frame = torch::randn({B, n});
  const auto weights = [&](std::int64_t gates) {
    return std::vector<Tensor>{torch::randn({gates * H, n}), torch::randn({gates * H, H}),
                               torch::randn({gates * H}), torch::randn({gates * H})};
  };
  const auto with = [](std::vector<Tensor> first, const std::vector<Tensor>& rest) {
    first.insert(first.end(), rest.begin(), rest.end());
    return first;
  };
  const auto tail = [](const std::vector<Tensor>& v, std::size_t k) {
    return std::vector(v.begin() + k, v.end());
  };
  struct Case {
    std::string name;
    Layer layer;
    std::vector<Tensor> inputs;
  };
  const std::vector<Case> cases = {
      {"linear",
       [](const auto& v) { return torch::linear(v[0], v[1], v[2]); },
       {x, torch::randn({H, n}), torch::randn({H})}},
      {"layer norm",
       [&](const auto& v) { return torch::layer_norm(v[0], {n}, v[1], v[2]); },
       {x, torch::randn({n}), torch::randn({n})}},
      {"log softmax", [](const auto& v) { return torch::log_softmax(v[0], -1); }, {x}},
      {"rnn",
       [&](const auto& v) {
         return std::get<0>(torch::rnn_tanh(v[0], v[1], tail(v, 2), true, 1, 0., true, false, true));
       },
       with({x, h}, weights(1))},
      {"gru",
       [&](const auto& v) {
         return std::get<0>(torch::gru(v[0], v[1], tail(v, 2), true, 1, 0., true, false, true));
       },
       with({x, h}, weights(3))},
      {"lstm",
       [&](const auto& v) {
         return std::get<0>(torch::lstm(v[0], {v[1], v[1]}, tail(v, 2), true, 1, 0., true, false, true));
       },
       with({x, h}, weights(4))},
      {"gru cell", [](const auto& v) { return torch::gru_cell(v[0], v[1][0], v[2], v[3], v[4], v[5]); },
       with({frame, h}, weights(3))},
      {"lstm cell",
       [](const auto& v) {
         return std::get<0>(torch::lstm_cell(v[0], {v[1][0], v[1][0]}, v[2], v[3], v[4], v[5]));
       },
       with({frame, h}, weights(4))},
      {"products of a batch", [](const auto& v) { return torch::matmul(v[0], v[0].transpose(1, 2)); }, {x}},
      {"binary cross entropy",
       [](const auto& v) {
         return torch::binary_cross_entropy(torch::sigmoid(v[0]), torch::ones_like(v[0]));
       },
       {x}}};
  for (const auto& [name, layer, inputs] : cases) {
    CAPTURE(name);
    const auto expected = pass(layer, inputs, "cpu"), got = pass(layer, inputs, "walled:1");
    for (std::size_t k = 0; k < expected.size(); ++k) {
      CAPTURE(k);
      CHECK(torch::equal(got[k], expected[k]));
    }
  }
}

}  // namespace tsd::walled
