// TensorBoard event files: a run's metrics as scalars. TFRecord framing and three protobuf messages, written
// by hand. https://github.com/tensorflow/tensorboard (compat/proto/{event,summary}.proto)
#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "tsd/engine/experiment.hpp"

namespace tsd {

// TensorBoard reads the files of a directory whose names hold "tfevents". One file serves a run for all its
// sessions.
class EventFile {
 public:
  // Makes the file, or takes it up again: its events up to step `keep_up_to` stay, what comes after them, or
  // is damaged, is cut off. Errors: CannotCreate, IoError with the path.
  // A new file begins with `settings`, what a run of a sweep stands for: the HParams page shows them.
  EventFile(std::filesystem::path path, std::int64_t keep_up_to, const Settings& settings = {});

  // Adds one event with a scalar for each metric, at the present time; it is in the file on return.
  void append(std::int64_t step, std::span<const Metric> row);

  // The run is done; HParams then calls it a success.
  void end(std::int64_t step);

 private:
  void write(std::string_view event);

  std::filesystem::path path_;
  std::ofstream file_;
};

// The PNG files of the folder as images, in an event file of their own, which takes the place of a former one.
void write_figures(const std::filesystem::path& folder, std::int64_t step);

}  // namespace tsd
