#include "families/layered/data/order.hpp"

#include <numeric>

namespace tsd::layered {

Split split(std::int64_t count, std::int64_t validation, std::uint64_t seed) {
  if (validation == 0) {
    Split all;
    all.train.resize(static_cast<std::size_t>(count));
    std::iota(all.train.begin(), all.train.end(), 0);
    return all;
  }
  const auto order = TorchGenerator(seed).randperm(count);
  return {{order.begin(), order.end() - validation}, {order.end() - validation, order.end()}};
}

std::uint64_t epoch_seed(TorchGenerator& stream) { return stream.random64() & ~(std::uint64_t{1} << 63); }

std::vector<std::int64_t> shuffled(const std::vector<std::int64_t>& images, std::uint64_t seed) {
  std::vector<std::int64_t> all;
  for (const std::int64_t place : TorchGenerator(seed).randperm(static_cast<std::int64_t>(images.size())))
    all.push_back(images[static_cast<std::size_t>(place)]);
  return all;
}

}  // namespace tsd::layered
