// Sequences from a file.
#include <algorithm>

#include "families/plastic/data/task.hpp"
#include "tsd/engine/schema/schema.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::plastic {

std::vector<Sequence> read_sequences(const std::string& path, const TaskSpec& task) {
  const Hdf5Reader file(path);
  const Array frames = file.dataset("frames", DType::f32, {-1, -1, task.F, task.d});
  const Array labels = file.dataset("labels", DType::i64, {frames.shape[0], frames.shape[1]});
  const auto check = [&](const char* name, const auto& values, double first, double second) {
    for (const auto value : values)
      if (value != first && value != second)
        throw DataError(path + ": " + name + ": expected " + number_text(first) + " or " +
                        number_text(second) + ", got " + number_text(static_cast<double>(value)));
  };
  const auto components = frames.as<float>();
  const auto familiar = labels.as<std::int64_t>();
  check("frames", components, -1, 1);
  check("labels", familiar, 0, 1);
  const auto count = static_cast<std::size_t>(frames.shape[0]), T = static_cast<std::size_t>(frames.shape[1]);
  if (components.empty())
    throw DataError(path + ": frames: expected sequences, got " + to_string(frames.shape));
  std::vector<Sequence> all;
  for (std::size_t k = 0; k < count; ++k) {
    const auto own = components.subspan(k * components.size() / count, components.size() / count);
    const auto own_labels = familiar.subspan(k * T, T);
    all.push_back({static_cast<int>(T),
                   task.F,
                   task.d,
                   {own.begin(), own.end()},
                   {own_labels.begin(), own_labels.end()}});
  }
  return all;
}

}  // namespace tsd::plastic
