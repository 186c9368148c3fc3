#include "families/nback/data/shared_dataset.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tsd/engine/rng/python_random.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"

namespace tsd::nback {

std::uint64_t condition_seed(std::uint64_t seed, Property task, int n) {
  const std::string digest =
      sha256(std::to_string(seed) + ":" + std::string(name_of(task)) + ":" + std::to_string(n));
  return std::stoull(digest.substr(0, 16), nullptr, 16);
}

SharedDataset shared_dataset(const StimulusSet& set, const TaskMix& mix, int samples_per_task,
                             std::uint64_t seed) {
  std::vector<std::int32_t> all(set.stimuli.size());
  std::iota(all.begin(), all.end(), 0);
  return shared_dataset(set, all, mix, samples_per_task, seed);
}

SharedDataset shared_dataset(const StimulusSet& set, std::span<const std::int32_t> pool, const TaskMix& mix,
                             int samples_per_task, std::uint64_t seed) {
  const int conditions = static_cast<int>(mix.n_values.size());
  if (samples_per_task % conditions != 0)
    throw ConfigError("samples_per_task: expected a multiple of the " + std::to_string(conditions) +
                      " n_values, got " + std::to_string(samples_per_task));
  const SequenceGenerator generator(set, pool);

  SharedDataset dataset;
  for (const Property task : mix.features)
    for (const int n : mix.n_values) {
      PythonRandom rng(condition_seed(seed, task, n));
      for (int i = 0; i < samples_per_task / conditions; ++i) {
        char number[16];
        std::snprintf(number, sizeof number, "%05d", i);
        dataset.keys.push_back(std::string(name_of(task)) + ":n" + std::to_string(n) + ":" + number);
        dataset.sequences.push_back(generator.draw(rng, task, n, mix.L, mix.match_probability));
      }
    }
  return dataset;
}

std::string manifest_digest(const StimulusSet& set, const SharedDataset& dataset) {
  auto manifest = nlohmann::json::array();  // objects are sorted by key, dump() is compact
  for (std::size_t i = 0; i < dataset.sequences.size(); ++i) {
    const Sequence& sequence = dataset.sequences[i];
    auto paths = nlohmann::json::array();
    for (const std::int32_t s : sequence.stimulus) paths.push_back(set.stimuli[s].path);
    manifest.push_back({{"id", dataset.keys[i]},
                        {"n", sequence.n},
                        {"stimulus_paths", std::move(paths)},
                        {"task", name_of(sequence.feature)}});
  }
  return sha256(manifest.dump());
}

}  // namespace tsd::nback
