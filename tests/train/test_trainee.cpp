#include "tsd/train/trainee.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "tsd/error.hpp"

namespace tsd::train {
namespace {

nn::Layout two_tensors() {
  nn::Layout layout;
  layout.add("weight", {1, 2});
  layout.add("bias", {1});
  return layout;
}

}  // namespace

TEST_CASE("trainee: an update is torch.optim.Adam's") {
  // torch.optim.Adam([1, -2, 0.5], lr=0.1), gradient [0.5, -1, 2] twice: m / (sqrt(v) + eps) is the sign at
  // first, and stays it while the gradient does.
  Trainee trainee(two_tensors(), {1.0f, -2.0f, 0.5f});
  for (int k = 0; k < 2; ++k) {
    trainee.gradient() = {0.5f, -1.0f, 2.0f};
    trainee.update({.lr = 0.1, .weight_decay = 0});
  }
  CHECK(trainee.values()[0] == Approx(0.8).margin(1e-6));
  CHECK(trainee.values()[1] == Approx(-1.8).margin(1e-6));
  CHECK(trainee.values()[2] == Approx(0.3).margin(1e-6));
  CHECK(trainee.updates() == 2);
}

TEST_CASE("trainee: what is frozen stays, and is not part of the norm") {
  Trainee trainee(two_tensors(), {1, 2, 3}, 2);
  trainee.gradient() = {3, 4, 100};
  CHECK(trainee.gradient_norm() == 5);
  trainee.update({.lr = 0.1, .weight_decay = 0});
  CHECK(trainee.values()[2] == 3);
}

TEST_CASE("trainee: the first bad parameter is named") {
  Trainee trainee(two_tensors(), {1, 2, 3});
  trainee.gradient() = {1, 1, std::numeric_limits<float>::quiet_NaN()};
  CHECK_THROWS_WITH(trainee.check(1, trainee.gradient_norm(), "epoch 3: "),
                    "epoch 3: the gradient is not finite; first bad parameter: bias");
  CHECK_THROWS_WITH(trainee.check(INFINITY, 1, "epoch 3: "), "epoch 3: the loss is not finite");
  CHECK_NOTHROW(trainee.check(1, 1, ""));
}

TEST_CASE("trainee: saved and restored it goes on to the same bits") {
  Trainee one(two_tensors(), {1, 2, 3}), two(two_tensors(), {0, 0, 0});
  const auto learn = [](Trainee& trainee, float g) {
    trainee.gradient() = {g, -g, g * g};
    trainee.update({.lr = 0.01});
  };
  learn(one, 0.3f);
  one.keep_best();
  Arrays saved;
  one.save("runs/1/", saved);
  two.restore(saved, "runs/1/", one.updates());
  learn(one, -0.7f), learn(two, -0.7f);
  CHECK(one.values() == two.values());
  CHECK(one.best() == two.best());
}

TEST_CASE("trainee: gradients are clipped as PyTorch clips them") {
  CHECK(clip_scale(5, 0) == 1);
  CHECK(clip_scale(0.5, 1) == 1);
  CHECK(clip_scale(5, 1) == Approx(0.2).epsilon(1e-6));
}

}  // namespace tsd::train
