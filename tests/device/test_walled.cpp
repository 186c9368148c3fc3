// The device itself: what it computes, and what it refuses.
#include <torch/torch.h>

#include "support/catch.hpp"
#include "support/device/device.hpp"
#include "support/device/memory.hpp"

namespace tsd::walled {

TEST_CASE("walled: a product and its gradient have the CPU's bits", "[walled]") {
  torch::manual_seed(1);
  const auto a = torch::randn({7, 12}), b = torch::randn({12, 5});
  const auto bits = [&](const std::string& device) {
    const auto x = a.clone().to(device).requires_grad_(), y = b.to(device).t().contiguous().t();
    const auto z = torch::tanh(torch::mm(x, y) + 1).slice(0, 1, 6, 2);
    (z * z).sum().backward();
    return std::pair(z.detach().cpu(), x.grad().cpu());
  };
  const auto expected = bits("cpu"), got = bits("walled:1");
  CHECK(torch::equal(got.first, expected.first));
  CHECK(torch::equal(got.second, expected.second));
}

}  // namespace tsd::walled
