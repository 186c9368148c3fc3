#include <torch/torch.h>

#include <limits>

#include "support/catch.hpp"
#include "tsd/error.hpp"
#include "tsd/nn/archive.hpp"

using namespace tsd;

namespace {

torch::nn::Sequential network() {
  return torch::nn::Sequential(torch::nn::Linear(3, 2), torch::nn::BatchNorm1d(2));
}

std::string refusal(const Arrays& arrays, const std::vector<std::string>& ignored = {}) {
  auto module = network();
  try {
    nn::load(*module, arrays, "weights.safetensors", ignored);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("archive: tensors and arrays carry the same type, shape and values", "[archive]") {
  const auto numbers = torch::arange(6).reshape({2, 3});
  for (const auto type : {torch::kUInt8, torch::kInt32, torch::kInt64, torch::kFloat32, torch::kFloat64}) {
    const auto tensor = numbers.to(type);
    const Array array = nn::to_array("x", tensor);
    const Shape shape{2, 3};
    CHECK(array.shape == shape);
    CHECK(nn::to_tensor(array).scalar_type() == type);
    CHECK(torch::equal(nn::to_tensor(array), tensor));
  }
  const Array transposed = nn::to_array("x", numbers.to(torch::kFloat32).t());
  const auto values = transposed.as<float>();
  const std::vector<float> by_column{0, 3, 1, 4, 2, 5};
  CHECK(std::vector<float>(values.begin(), values.end()) == by_column);
  CHECK(nn::to_array("half", torch::ones({2}, torch::kHalf)).dtype == DType::f32);
  CHECK(nn::to_tensor(make_scalar<std::int64_t>("n", 7)).item<std::int64_t>() == 7);
}

TEST_CASE("archive: a module's arrays are its parameters, then its buffers", "[archive]") {
  std::vector<std::string> names;
  auto module = network();
  for (const auto& array : nn::save(*module)) names.push_back(array.name);
  const std::vector<std::string> expected{
      "0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"};
  CHECK(names == expected);
}

TEST_CASE("archive: what does not fit is refused by name, with expected and got", "[archive]") {
  auto module = network();
  const Arrays good = nn::save(*module);  // in the order of the test above
  CHECK(refusal(good).empty());

  Arrays arrays(good.begin() + 1, good.end());
  CHECK(refusal(arrays) == "weights.safetensors: tensor 0.weight: expected shape [2, 3], got no such tensor");

  arrays = good;
  arrays[0].shape = {3, 2};
  CHECK(refusal(arrays) == "weights.safetensors: tensor 0.weight: expected shape [2, 3], got [3, 2]");

  arrays = good;
  arrays[1] = make_array<std::int32_t>("0.bias", {1, 2});
  CHECK(refusal(arrays) == "weights.safetensors: tensor 0.bias: expected f32, got i32");

  arrays = good;
  arrays[5].as<float>()[1] = std::numeric_limits<float>::quiet_NaN();
  CHECK(refusal(arrays) ==
        "weights.safetensors: tensor 1.running_var: expected finite numbers, got NaN or infinity");

  arrays = good;
  arrays.push_back(make_scalar<float>("fc.weight", 0));
  arrays.push_back(make_scalar<float>("head.weight", 0));
  CHECK(refusal(arrays) == "weights.safetensors: tensors unknown to the network: fc.weight, head.weight");
  CHECK(refusal(arrays, {"fc."}) == "weights.safetensors: tensors unknown to the network: head.weight");
  CHECK(refusal(arrays, {"fc.", "head."}).empty());
}

TEST_CASE("archive: double weights fill a single-precision network; a missing batch counter is no error",
          "[archive]") {
  auto module = network();
  Arrays arrays = nn::save(*module);
  arrays.pop_back();
  arrays[1] = make_array<double>("0.bias", {0.5, -0.25});
  nn::load(*module, arrays, "weights.safetensors");
  CHECK(module->named_parameters()["0.bias"][1].item<float>() == -0.25f);
}
