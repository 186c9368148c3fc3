// Samples of one's own, from HDF5 or CSV.
#include <algorithm>
#include <cmath>

#include "families/microcircuit/data/own_files.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/columns.hpp"
#include "tsd/io/csv.hpp"
#include "tsd/io/hdf5.hpp"
#include "tsd/io/numbers.hpp"

namespace tsd::microcircuit {

namespace {

class SampleFile {
 public:
  SampleFile(const std::string& path, const Config& config, std::optional<std::int64_t> count)
      : path_(path), config_(config), count_(count), teaches_(config.task != Task::bw_only) {}

  Samples read() {
    Samples samples = is_csv(path_) ? of_columns() : of_hdf5();
    if (samples.input.empty()) throw DataError(path_ + ": expected samples, got none");
    if (!samples.label.empty()) check_classes(samples.label);
    if (samples.target.empty() && !samples.label.empty()) {
      samples.by_class = true;
      samples.target = targets_of(samples.label, config_.layers.back(), config_.class_targets[0],
                                  config_.class_targets[1]);
    }
    return samples;
  }

 private:
  Samples of_hdf5() const {
    const Hdf5Reader file(path_);
    const auto values = [&](const std::string& name, std::int64_t rows, int columns) {
      const Array array = file.dataset(name);
      const std::int64_t found = array.shape.empty() ? 0 : array.shape[0];
      if (array.shape != Shape{rows < 0 ? found : rows, columns})
        throw DataError(
            path_ + ": " + name + ": expected shape " +
            (rows < 0 ? "[samples, " + std::to_string(columns) + "]" : to_string({rows, columns})) +
            ", got " + to_string(array.shape) + if_transposed(array.shape, rows, columns));
      return finite_values(array, path_ + ": " + name);
    };
    Samples samples;
    samples.input = values("/input/r0", count_.value_or(-1), config_.layers.front());
    const auto found = static_cast<std::int64_t>(samples.input.size()) / config_.layers.front();
    if (!teaches_) {
      tell_unread(file, {"/input/r0"});
      return samples;
    }
    refuse_other_names(file);
    samples.held = config_.facts().holds_targets || !file.exists("/teacher/target_full");
    const std::string target = samples.held ? "/teacher/target" : "/teacher/target_full";
    if (file.exists("/input/class")) {
      const Array label = file.dataset("/input/class");
      if (label.shape != Shape{found})
        throw DataError(path_ + ": /input/class: expected shape " + to_string(Shape{found}) + ", got " +
                        to_string(label.shape));
      samples.label = whole(numbers_as<double>(label), "/input/class");
    }
    if (file.exists(target))
      samples.target =
          values(target, samples.held ? found : found * config_.presentation_steps(), config_.layers.back());
    tell_unread(file, {"/input/r0", "/input/class", target});
    return samples;
  }

  // What lies beside the samples, as other columns of a table do; axes of others do not count.
  void tell_unread(const Hdf5Reader& file, const std::vector<std::string>& read) const {
    std::vector<std::string> others;
    for (const std::string group : {"/input", "/teacher"}) {
      if (!file.exists(group)) continue;
      for (const std::string& name : file.list(group)) {
        const std::string path = group + "/" + name;
        if (!is_axis(file, path) && std::ranges::find(read, path) == read.end()) others.push_back(path);
      }
    }
    log_unread(path_, others);
  }

  static std::string if_transposed(const Shape& got, std::int64_t rows, int columns) {
    const bool transposed = got.size() == 2 && got[0] == columns && (rows < 0 || got[1] == rows);
    return transposed ? ", which looks like unit x sample; transpose it" : "";
  }

  // What is nearly the name of answers, or lies elsewhere: else a teacher would be simulated in their place.
  void refuse_other_names(const Hdf5Reader& file) const {
    const auto root = file.list("/");
    for (const auto& [group, name] : {std::pair("input", "class"), std::pair("teacher", "target")}) {
      const std::string folder = std::string("/") + group;
      const auto wrong = [&](const std::string& got) {
        throw DataError(path_ + ": expected " + folder + "/" + name + ", got " + got);
      };
      if (file.exists(folder + "/" + name)) continue;
      if (const auto other = near_miss(group, root)) wrong("the group /" + *other);
      if (file.exists("/" + std::string(name))) wrong("/" + std::string(name));
      if (const auto other = near_miss(name, root)) wrong("/" + *other);
      if (!file.exists(folder)) continue;
      if (const auto other = near_miss(name, file.list(folder))) wrong(folder + "/" + *other);
    }
    if (config_.facts().holds_targets && !file.exists("/teacher/target") &&
        file.exists("/teacher/target_full"))
      throw DataError(path_ +
                      ": expected /teacher/target, got /teacher/target_full, which version: phased reads");
  }

  Samples of_columns() const {
    std::vector<std::string> inputs, targets;
    for (int i = 1; i <= config_.layers.front(); ++i) inputs.push_back("input_" + std::to_string(i));
    for (int k = 1; k <= config_.layers.back(); ++k) targets.push_back("target_" + std::to_string(k));
    std::vector<std::string> all = inputs;
    all.insert(all.end(), targets.begin(), targets.end());
    all.push_back("class");
    const Table table = read_columns(path_, teaches_ ? all : inputs);
    const Columns& columns = table.columns;
    refuse_near_misses(table, teaches_ ? all : inputs);
    Samples samples;
    samples.input = rows(columns, inputs);
    const std::size_t found = samples.input.size() / inputs.size();
    if (count_ && static_cast<std::int64_t>(found) != *count_)
      throw DataError(path_ + ": expected " + std::to_string(*count_) +
                      " samples, as dataset_size says, got " + std::to_string(found));
    log_unread(path_, other_columns(table, teaches_ ? all : inputs));
    if (!teaches_) return samples;
    if (columns.contains("class")) samples.label = whole(columns.at("class"), "class");
    if (std::ranges::any_of(targets, [&](const std::string& name) { return columns.contains(name); }))
      samples.target = rows(columns, targets);
    return samples;
  }

  std::vector<double> rows(const Columns& columns, const std::vector<std::string>& names) const {
    for (const std::string& name : names)
      if (!columns.contains(name))
        throw DataError(path_ + ": expected the columns " + names.front() + " to " + names.back() +
                        ", got no " + name);
    std::vector<double> table;
    for (std::size_t row = 0; row < columns.at(names.front()).size(); ++row)
      for (const std::string& name : names) table.push_back(columns.at(name)[row]);
    return table;
  }

  std::vector<std::int64_t> whole(const std::vector<double>& numbers, const std::string& name) const {
    std::vector<std::int64_t> all;
    for (std::size_t row = 0; row < numbers.size(); ++row) {
      if (numbers[row] != std::floor(numbers[row]) || std::abs(numbers[row]) > 1e9)
        throw DataError(path_ + ": " + name + " of sample " + std::to_string(row) +
                        ": expected a whole number, got " + number_text(numbers[row]));
      all.push_back(static_cast<std::int64_t>(numbers[row]));
    }
    return all;
  }

  void check_classes(const std::vector<std::int64_t>& label) const {
    for (std::size_t row = 0; row < label.size(); ++row)
      if (label[row] < 0 || label[row] >= config_.layers.back())
        throw DataError(path_ + ": class of sample " + std::to_string(row) + ": expected one of 0 to " +
                        std::to_string(config_.layers.back() - 1) + ", one for each output, got " +
                        std::to_string(label[row]));
  }

  std::string path_;
  const Config& config_;
  std::optional<std::int64_t> count_;
  bool teaches_;
};

}  // namespace

Samples read_samples(const std::string& path, const Config& config, std::optional<std::int64_t> count) {
  return SampleFile(path, config, count).read();
}

}  // namespace tsd::microcircuit
