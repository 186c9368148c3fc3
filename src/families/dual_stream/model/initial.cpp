#include "families/dual_stream/model/initial.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "families/dual_stream/data/npy.hpp"
#include "tsd/engine/rng/numpy_legacy.hpp"
#include "tsd/engine/rng/philox.hpp"
#include "tsd/engine/rng/seed_32.hpp"
#include "tsd/engine/rng/torch_generator.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::dual_stream {

namespace {

// One key for both of the seeds that a run has.
std::uint64_t both(const Config& config, std::uint64_t seed) {
  return (std::uint64_t{seed_32(seed)} << 32) + static_cast<std::uint64_t>(config.random_seed);
}

// [run, epoch, item] of at least as many runs and epochs; those at hand beyond them are left.
std::vector<std::int32_t> read_orders(const Config& config, int items) {
  const std::string& path = *config.order_file;
  const bool npy = path.ends_with(".npy");
  const Array order = npy ? read_npy(path) : Hdf5Reader(path).dataset("/order");
  const auto wrong = [&](const std::string& expected, const std::string& got) {
    throw DataError(path + (npy ? "" : ": /order") + ": expected " + expected + ", got " + got);
  };
  const Shape& shape = order.shape;
  if (order.dtype != DType::i64 || shape.size() != 3 || shape[0] < config.n_runs ||
      shape[1] < config.epochs || shape[2] != items)
    wrong("int64 [run, epoch, item] of at least " + to_string({config.n_runs, config.epochs, items}),
          std::string(name_of(order.dtype)) + " " + to_string(shape));
  const auto values = order.as<std::int64_t>();
  std::vector<std::int32_t> all;
  for (std::int64_t run = 0; run < config.n_runs; ++run)
    for (std::int64_t i = run * shape[1] * items; i < (run * shape[1] + config.epochs) * items; ++i) {
      const std::int64_t item = values[static_cast<std::size_t>(i)];
      if (item < 0 || item >= items)
        wrong("items from 0 to " + std::to_string(items - 1), std::to_string(item));
      all.push_back(static_cast<std::int32_t>(item));
    }
  return all;
}

void draw_slow(TorchGenerator& generator, const ModelSpec& model, const Layout& layout,
               std::span<float> state) {
  for (std::size_t l = 0; l < model.slow.layers(); ++l) {
    const double fan_in = model.slow.sizes[l];
    const double weight = std::sqrt(3.0) * std::sqrt(2.0 / 6.0) / std::sqrt(fan_in);
    const double bias = 1 / std::sqrt(fan_in);
    generator.uniform(state.subspan(layout.fast_size + layout.W[l].offset, layout.W[l].size()), -weight,
                      weight);
    generator.uniform(state.subspan(layout.fast_size + layout.b[l].offset, layout.b[l].size()), -bias, bias);
  }
}

void draw_fast(TorchGenerator& generator, const Fast& f, const Layout& layout, std::span<float> state) {
  const auto fill = [&](const Slot& slot, float value) {
    std::ranges::fill(state.subspan(slot.offset, slot.size()), value);
  };
  switch (f.kind) {
    case FastKind::none:
      return;
    case FastKind::clustering:
      fill(layout.position, 0.5f);
      return fill(layout.attention, 1.0f / 3);
    case FastKind::multiunit:
      generator.uniform(state.subspan(layout.position.offset, layout.position.size()));
      return fill(layout.attention, 1.0f / static_cast<float>(f.D));
    case FastKind::exemplar:
      return fill(layout.attention, 1.0f / static_cast<float>(f.D));
    case FastKind::winners:
      generator.uniform(state.subspan(layout.position.offset, layout.position.size()));
      [[fallthrough]];
    case FastKind::distribution:
      if (f.covariance == Covariance::diagonal) return fill(layout.attention, std::sqrt(f.variance));
      for (std::size_t i = 0; i < layout.attention.size(); ++i) {
        const std::size_t D = static_cast<std::size_t>(f.D), entry = i % (D * D);
        if (entry / D == entry % D) state[layout.attention.offset + i] = std::sqrt(f.variance);
      }
  }
}

class Streams {
 public:
  Streams(const Config& config, std::uint64_t seed)
      : config_(config), own_(default_init_seed(config, seed)) {}

  TorchGenerator& at(std::size_t problem, std::size_t run) {
    const bool afresh = run == 0 && (problem == 0 || !config_.init_across_types);
    if (config_.rng == Rng::fast)
      generator_.seed(Philox(own_, "participant").block(run, problem)[0]);
    else if (config_.reseeds())
      generator_.seed(static_cast<std::uint64_t>(config_.init_seed.value_or(config_.random_seed)));
    else if (afresh)
      generator_.seed(static_cast<std::uint64_t>(config_.init_seed.value_or(own_)));
    if (afresh || config_.reseeds())
      for (std::int64_t i = 0; i < config_.init_offset; ++i) generator_.random();
    return generator_;
  }

 private:
  const Config& config_;
  std::uint32_t own_;
  TorchGenerator generator_;
};

}  // namespace

namespace {

// A block of the experiment is two epochs: two permutations first, then each item twice in any order.
std::vector<std::int32_t> orders_of_people(const Config& config, std::uint64_t seed, int items) {
  std::vector<std::int32_t> all;
  NumpyLegacy numpy(static_cast<std::uint32_t>(config.random_seed));
  const auto size = static_cast<std::size_t>(config.epochs) * static_cast<std::size_t>(items);
  for (int run = 0; run < config.n_runs; ++run) {
    Philox own(both(config, seed), "order " + std::to_string(run));
    const std::size_t end = all.size() + size;
    for (int epoch = 0; epoch < config.epochs; epoch += epoch < 2 ? 1 : 2) {
      std::vector<std::int64_t> order(static_cast<std::size_t>(epoch < 2 ? items : 2 * items));
      std::iota(order.begin(), order.end(), 0);
      if (config.rng == Rng::reference)
        std::ranges::copy(numpy.permutation(std::ssize(order)), order.begin());
      else
        for (std::size_t k = order.size(); k-- > 1;) std::swap(order[k], order[own.below(k + 1)]);
      for (const std::int64_t place : order) all.push_back(static_cast<std::int32_t>(place % items));
    }
    all.resize(end);  // an odd number of epochs ends in the middle of a block
  }
  return all;
}

}  // namespace

std::uint32_t default_init_seed(const Config& config, std::uint64_t seed) {
  return Philox(both(config, seed), "slow stream").next();
}

std::vector<std::int32_t> orders(const Config& config, std::uint64_t seed, int items) {
  if (config.order_file) return read_orders(config, items);
  if (config.procedure == Procedure::nosofsky1994) return orders_of_people(config, seed, items);
  std::vector<std::int32_t> all;
  NumpyLegacy numpy(static_cast<std::uint32_t>(config.random_seed));
  for (int run = 0; run < config.n_runs; ++run) {
    Philox own(both(config, seed), "order " + std::to_string(run));
    for (int epoch = 0; epoch < config.epochs; ++epoch) {
      std::vector<std::int32_t> order(static_cast<std::size_t>(items));
      std::iota(order.begin(), order.end(), 0);
      if (config.shuffle && config.rng == Rng::reference)
        std::ranges::copy(numpy.permutation(items), order.begin());
      else if (config.shuffle)
        for (std::size_t k = order.size(); k-- > 1;) std::swap(order[k], order[own.below(k + 1)]);
      std::ranges::copy(order, std::back_inserter(all));
    }
  }
  return all;
}

std::vector<std::vector<float>> initial_states(const Config& config, std::uint64_t seed,
                                               const ModelSpec& model, const Layout& layout,
                                               std::size_t problems) {
  std::vector<std::vector<float>> all;
  Streams streams(config, seed);
  for (std::size_t p = 0; p < problems; ++p)
    for (int run = 0; run < config.n_runs; ++run) {
      TorchGenerator& generator = streams.at(p, static_cast<std::size_t>(run));
      std::vector<float> state(layout.size());
      draw_fast(generator, model.fast, layout, state);
      draw_slow(generator, model, layout, state);
      all.push_back(std::move(state));
    }
  return all;
}

}  // namespace tsd::dual_stream
