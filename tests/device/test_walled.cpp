// The device itself: what it computes, and what it refuses.
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <csignal>

#include "support/catch.hpp"
#include "support/device/device.hpp"
#include "support/device/memory.hpp"
#include "tsd/engine/device_kinds.hpp"
#include "tsd/error.hpp"
#include "tsd/nn/accelerator.hpp"

namespace tsd::walled {
namespace {

// What a child process writes that ends by a signal in `act`.
template <class Act>
std::string last_words(const Act& act) {
  int told[2];
  REQUIRE(pipe(told) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(told[1], STDERR_FILENO);
    close(told[0]);
    for (const int signal : {SIGABRT, SIGSEGV}) std::signal(signal, SIG_DFL);  // not the test program's
    give_back(take(1));                                                        // the device watches again
    act();
    _exit(0);
  }
  close(told[1]);
  std::string words;
  char piece[256];
  for (ssize_t n; (n = read(told[0], piece, sizeof piece)) > 0;)
    words.append(piece, static_cast<std::size_t>(n));
  close(told[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return (WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) + ": " : "ended: ") + words;
}

template <class Act>
std::string refused(const Act& act) {
  try {
    act();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

}  // namespace

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

TEST_CASE("walled: changes in place, outputs that grow, views and lists", "[walled]") {
  const auto x = torch::arange(6., torch::kFloat64).to("walled").view({2, 3});
  x.select(0, 1).mul_(10).add_(1);
  x[0][2] = -5;
  auto out = torch::empty({0}, x.options());
  torch::cat_out(out, {x, x.slice(0, 0, 1)});
  CHECK(torch::equal(out.cpu(),
                     torch::tensor({0., 1., -5., 31., 41., 51., 0., 1., -5.}, torch::kFloat64).view({3, 3})));
  CHECK(torch::equal(x.nonzero().cpu(), x.cpu().nonzero()));
  CHECK(torch::equal(torch::stack(x.unbind(0), 1).cpu(), x.cpu().t()));
  CHECK(std::get<1>(x.max(1))[0].item<std::int64_t>() == 1);
  CHECK(torch::empty({4}, x.options()).isnan().all().item<bool>());  // nobody lives on zeros by chance
}

TEST_CASE("walled: what is freed comes back", "[walled]") {
  const auto before = blocks_in_use();
  {
    const auto x = torch::ones({1000, 1000}, "walled"), y = x + 1;
    CHECK(blocks_in_use() == before + 2);
  }
  CHECK(blocks_in_use() == before);
}

TEST_CASE("walled: tensors that lie elsewhere are refused by name", "[walled]") {
  const auto on_host = torch::ones({3}), here = torch::ones({3}, "walled:0"),
             there = torch::ones({3}, "walled:1");
  for (const auto& stranger : {on_host, there, torch::ones({})}) {
    CHECK(refused([&] { torch::dot(here, stranger); }) != "");
    CHECK(refused([&] { here.clone().mul_(stranger); }) != "");
    CHECK(refused([&] { torch::cat({here.view({1, 3}), stranger.expand({1, 3})}); }) != "");
  }
  CHECK(refused([&] { torch::mv(here.view({1, 3}), on_host); }).find("walled") != std::string::npos);
  CHECK(refused([&] { here.index_select(0, torch::tensor({0})); }).find("lies on cpu") != std::string::npos);
  CHECK(refused([&] { here + 1; }) == "");  // a plain number
  CHECK(torch::equal((here + there.to(here.device())).cpu(), 2 * on_host));
}

TEST_CASE("walled: its memory read or written through a pointer ends the process with words", "[walled]") {
  const auto x = torch::ones({3}, "walled");
  const std::string words = "signal 11: walled device: its memory was touched through a pointer";
  CHECK_THAT(last_words([&] { _exit(static_cast<int>(*x.data_ptr<float>())); }), Catch::Contains(words));
  CHECK_THAT(last_words([&] { *x.data_ptr<float>() = 2; }), Catch::Contains(words));
  CHECK(last_words([&] { x.mul(2).cpu(); }) == "ended: ");
}

TEST_CASE("walled: its generators start anywhere, and go on from a state that is kept", "[walled]") {
  const auto options = torch::TensorOptions("walled:1");
  const auto keep = at::globalContext().defaultGenerator(torch::Device("walled:1")).get_state();
  const auto first = torch::randn({8}, options).cpu(), second = torch::randn({8}, options).cpu();
  CHECK_FALSE(torch::equal(first, second));
  auto generator = at::globalContext().defaultGenerator(torch::Device("walled:1"));
  generator.set_state(keep);
  CHECK(torch::equal(torch::randn({8}, options).cpu(), first));
  const auto& hooks = at::detail::getPrivateUse1Hooks();
  CHECK(hooks.getNewGenerator(0).current_seed() != hooks.getNewGenerator(0).current_seed());
}

TEST_CASE("walled: the program knows it as a kind of device, and its cards by number",
          "[walled][accelerator]") {
  const auto facts = nn::accelerator();
  CHECK(facts.resolve_device("walled") == "walled");
  CHECK(facts.resolve_device("walled:1") == "walled:1");
  CHECK_THROWS_WITH(facts.resolve_device("walled:2"), Catch::Contains("walled or walled:k with k < 2"));
  CHECK(facts.devices().back() == "walled:1");
  CHECK(is_device_name("walled:1"));
  CHECK_FALSE(is_device_name("walled:x"));
  CHECK_FALSE(is_device_name("walle"));
  CHECK(device_names() == "auto, cpu, cuda, cuda:<number>, walled or walled:<number>");
}

}  // namespace tsd::walled
