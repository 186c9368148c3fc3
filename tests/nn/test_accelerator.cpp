#include <torch/torch.h>

#include <functional>

#include "support/catch.hpp"
#include "tsd/error.hpp"
#include "tsd/nn/accelerator.hpp"

using namespace tsd;

TEST_CASE("accelerator: the library is named with version and build", "[accelerator]") {
  const auto facts = nn::accelerator();
  CHECK(facts.library.find(TORCH_VERSION) == 0);
  CHECK(facts.library.find("build)") != std::string::npos);
}

TEST_CASE("accelerator: devices resolve, and one that is not there is an error naming LibTorch",
          "[accelerator]") {
  const auto facts = nn::accelerator();
  const bool cuda = torch::cuda::is_available();
  CHECK(facts.resolve_device("cpu") == "cpu");
  CHECK(facts.resolve_device("auto") == (cuda ? "cuda" : "cpu"));
  CHECK(facts.devices().front() == "cpu");
  CHECK(facts.devices().size() == (cuda ? 1 + static_cast<std::size_t>(torch::cuda::device_count()) : 1));
  for (const std::string wanted : {"cuda:99", "gpu", "cuda:", "cuda:-1", ""}) {
    try {
      facts.resolve_device(wanted);
      FAIL("accepted '" << wanted << "'");
    } catch (const UsageError& error) {
      const std::string message = error.what();
      CHECK(message.find("device " + wanted) == 0);
      CHECK(message.find(facts.library) != std::string::npos);
    }
  }
}

TEST_CASE("accelerator: thread count is LibTorch's", "[accelerator]") {
  const auto facts = nn::accelerator();
  const int before = torch::get_num_threads();
  facts.set_threads(1);
  CHECK(torch::get_num_threads() == 1);
  facts.set_threads(before);
}

TEST_CASE("accelerator: LibTorch's lack of memory is told from other errors", "[accelerator]") {
  const auto facts = nn::accelerator();
  const auto thrown_by = [&](const std::function<void()>& act) {
    try {
      act();
    } catch (const std::exception& error) {
      return facts.is_out_of_memory(error);
    }
    FAIL("nothing thrown");
    return false;
  };
  CHECK(thrown_by([] { torch::empty({std::int64_t{1} << 50}); }));  // 4 PB: beyond any address space
  CHECK_FALSE(thrown_by([] { torch::empty({2, 3}).matmul(torch::empty({2, 3})); }));
}
