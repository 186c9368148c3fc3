// Sequences from a file.
#include <algorithm>
#include <span>

#include "families/plastic/data/task.hpp"
#include "tsd/engine/schema/schema.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/numbers.hpp"

namespace tsd::plastic {

std::vector<Sequence> read_sequences(const std::string& path, const TaskSpec& task) {
  const Hdf5Reader file(path);
  const Array frames = file.dataset("frames"), labels = file.dataset("labels");
  const auto check_shape = [&](const Array& array, bool fits, const std::string& expected) {
    if (!fits)
      throw DataError(path + ": " + array.name + ": expected " + expected + ", got " +
                      to_string(array.shape));
  };
  check_shape(frames, frames.shape.size() == 4 && frames.shape[2] == task.F && frames.shape[3] == task.d,
              "[sequence, scene, " + std::to_string(task.F) + ", " + std::to_string(task.d) +
                  "] (scene_time, vec_len)");
  const Shape scenes = {frames.shape[0], frames.shape[1]};
  check_shape(labels, labels.shape == scenes, to_string(scenes));
  const auto check = [&](const char* name, const auto& values, double first, double second) {
    for (const auto value : values)
      if (value != first && value != second)
        throw DataError(path + ": " + name + ": expected " + number_text(first) + " or " +
                        number_text(second) + ", got " + number_text(value));
  };
  check("frames", numbers_as<double>(frames), -1, 1);
  check("labels", numbers_as<double>(labels), 0, 1);
  const auto components = numbers_as<float>(frames);
  const auto familiar = numbers_as<std::int64_t>(labels);
  const auto count = static_cast<std::size_t>(frames.shape[0]), T = static_cast<std::size_t>(frames.shape[1]);
  if (components.empty())
    throw DataError(path + ": frames: expected sequences, got " + to_string(frames.shape));
  std::vector<Sequence> all;
  for (std::size_t k = 0; k < count; ++k) {
    const auto own = std::span(components).subspan(k * components.size() / count, components.size() / count);
    const auto own_labels = std::span(familiar).subspan(k * T, T);
    all.push_back({static_cast<int>(T),
                   task.F,
                   task.d,
                   {own.begin(), own.end()},
                   {own_labels.begin(), own_labels.end()}});
  }
  return all;
}

}  // namespace tsd::plastic
