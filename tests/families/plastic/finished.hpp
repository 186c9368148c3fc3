// Runs whose analyses are looked at.
#pragma once
#include <filesystem>

#include "families/plastic/experiment.hpp"
#include "families/plastic/published.hpp"
#include "support/temporary_directory.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::plastic::test {

using tsd::test::TemporaryDirectory;

inline RunContext context(int threads = 2) {
  RunContext context;
  context.seed = 5;
  context.threads = threads;
  return context;
}

// What an analysis of a run leaves.
class Analyzed {
 public:
  Analyzed(const Analysis& analysis, PlasticExperiment& experiment) {
    Hdf5Writer writer(folder_ / "analysis.h5");
    analysis.run(experiment, writer);
    writer.close();
  }
  Hdf5Reader file() const { return Hdf5Reader(folder_ / "analysis.h5"); }

  template <class T>
  std::vector<T> values(const std::string& path) const {
    const Array array = file().dataset(path);
    const auto values = array.template as<T>();
    return {values.begin(), values.end()};
  }

 private:
  TemporaryDirectory folder_;
};

inline void write_parameters(const std::filesystem::path& path, const Config& config,
                             const std::vector<float>& parameters) {
  write_safetensors(path, {to_arrays(Layout(config.spec()), parameters), {}});
}

inline std::vector<float> published_parameters(const Config& config) {
  const auto exact = published_parameters(config.spec(), Layout(config.spec()));
  return {exact.begin(), exact.end()};
}

}  // namespace tsd::plastic::test
