// Initial values and orders of the original, from PyTorch's generator (layered.md 4).
#include <cmath>
#include <numeric>

#include "families/layered/data/order.hpp"
#include "families/layered/fixture.hpp"
#include "support/catch.hpp"

namespace tsd::layered {
namespace {

using test::mnist_net;

struct First {
  Rule rule;
  std::string name;
  std::vector<double> values;  // the first ones
  double sum = NAN;
};

}  // namespace

TEST_CASE("layered initial values: weights of seed 11", "[layered]") {
  const First all[] = {{Rule::BP, "W_1", {-0.02553987876, 0.05141359195, -0.01765757985}, -14.98442446},
                       {Rule::BP, "b_1", {-0.07683890313, 0.05586041883}},
                       {Rule::FA, "b_1", {0.01122580748, 0.06228642538}},
                       {Rule::BP, "W_2", {-0.08508405089, 0.01638228819}, 1.698754408},
                       {Rule::BP, "b_2", {-0.004887876101, 0.08591771126}},
                       {Rule::BP, "W_4", {0.0298692435, -0.03100738861, -0.1237208247}, 26.86069122},
                       {Rule::BP, "b_4", {-0.05007276684, -0.03532312065}},
                       {Rule::FA, "W_2", {0.08092283458, 0.04004439339}, 1.052247617},
                       {Rule::FA, "b_2", {-0.02714992128, -0.008438288234}},
                       {Rule::FA, "B_2", {-0.03425939754, 0.003040098818}},
                       {Rule::PAL, "b_1", {-0.07683890313, 0.05586041883}},
                       {Rule::PAL, "W_2", {0.08092283458, 0.04004439339}, 1.052247617},
                       {Rule::PAL, "b_2", {-0.03425939754, -0.06369751692}},
                       {Rule::PAL, "B_2", {0.003040098818, 0.02622430772}},
                       {Rule::PAL, "W_3", {-0.0705633387, 0.09694211185}, 0.5421350305},
                       {Rule::PAL, "b_3", {-0.02555149607, 0.03664284572}},
                       {Rule::PAL, "B_3", {-0.05378323421, -0.06459522992}},
                       {Rule::PAL, "W_4", {-0.09401591867, -0.07784046233}, 4.39063863},
                       {Rule::PAL, "b_4", {0.02827252261, 0.07446648926}},
                       {Rule::PAL, "B_4", {-0.03702945635, 0.05402791128}}};
  for (const First& first : all) {
    CAPTURE(first.rule, first.name);
    TorchGenerator generator(11);
    const auto arrays = initial_parameters(mnist_net(first.rule).spec(), generator);
    const auto values = find(arrays, first.name).as<float>();
    for (std::size_t i = 0; i < first.values.size(); ++i)
      CHECK(std::abs(values[i] - first.values[i]) < 2e-8);  // a float32 of this size, told in ten digits
    if (!std::isnan(first.sum))
      CHECK(std::abs(std::accumulate(values.begin(), values.end(), 0.0) - first.sum) < 1e-4);
  }
}

TEST_CASE("layered initial values: where the stream stands afterwards", "[layered]") {
  const auto next = [](Rule rule) {
    TorchGenerator generator(11);
    initial_parameters(mnist_net(rule).spec(), generator);
    return generator;
  };
  TorchGenerator bp = next(Rule::BP), fa = next(Rule::FA), pal = next(Rule::PAL);
  TorchGenerator copy = bp;
  CHECK(copy.random() == 894268753u);
  CHECK(copy.random() == 851037611u);
  for (TorchGenerator* other : {&fa, &pal}) {
    copy = *other;
    CHECK(copy.random() == 675070078u);
    CHECK(copy.random() == 3247641953u);
  }
  // Validation, test, the first epoch, and its order.
  for (int i = 0; i < 3; ++i) bp.random64(), pal.random64();
  CHECK(epoch_seed(bp) == 6991719227127227524u);
  CHECK(epoch_seed(pal) == 1502865421423088905u);
}

TEST_CASE("layered initial values: angles between W' and B", "[layered]") {
  struct {
    Rule rule;
    std::uint64_t seed;
    std::vector<double> degrees;
  } const all[] = {
#include "families/layered/angles.inc"
  };
  double mean[3] = {};
  for (const auto& [rule, seed, degrees] : all) {
    CAPTURE(rule, seed);
    const test::OneStream net(mnist_net(rule), seed);
    const auto angles = net.network->angles();
    REQUIRE(angles.size() == 3);
    for (std::size_t l = 0; l < 3; ++l) {
      CHECK(std::abs(angles[l] - degrees[l]) < 1e-5);
      if (rule == Rule::PAL) mean[l] += angles[l] / 10;
      if (rule == Rule::PAL && seed == 1)  // as published, in float32's arc cosine
        CHECK(std::abs(angles[l] - std::vector{86.9976221001, 88.4012, 90.0189}[l]) < 1e-4);
    }
  }
  for (std::size_t l = 0; l < 3; ++l) CHECK(std::abs(mean[l] - std::vector{89.36, 89.32, 90.01}[l]) < 0.0051);
}

TEST_CASE("layered orders: splits and epochs", "[layered]") {
  using List = std::vector<std::int64_t>;
  const auto front = [](const List& list, std::size_t n) { return List(list.begin(), list.begin() + n); };
  const Split one = split(60000, 10000, 1), eleven = split(60000, 10000, 11);
  CHECK(front(one.train, 5) == List{35845, 27522, 33254, 23645, 11299});
  CHECK(front(one.validation, 3) == List{14539, 42886, 35521});
  CHECK(front(eleven.train, 5) == List{12441, 40569, 8310, 54782, 41077});
  CHECK(front(eleven.validation, 3) == List{20004, 58290, 23900});
  const Split cifar = split(50000, 10000, 11);
  CHECK(front(cifar.train, 3) == List{2441, 31547, 48866});
  CHECK(front(cifar.validation, 3) == List{25096, 17409, 43764});
  List all(50000);
  std::iota(all.begin(), all.end(), 0);
  CHECK(front(shuffled(all, 6991719227127227524u), 5) == List{49815, 33146, 6018, 45337, 14526});
  CHECK(front(shuffled(all, 1502865421423088905u), 5) == List{694, 33916, 35825, 21083, 10355});
  CHECK(split(3, 0, 1).train == List{0, 1, 2});
}

}  // namespace tsd::layered
