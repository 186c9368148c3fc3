#include "cli/runs/sweep_file.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "engine/yaml/scalar.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/engine/utf8.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::cli {
namespace {

// Where every run's text is a number, or null: NaN.
std::optional<std::vector<double>> numbers(const std::vector<std::string>& texts) {
  std::vector<double> values;
  bool any = false;
  for (const auto& text : texts) {
    double value = NAN;
    if (!text.empty() && text != "null" && text != "~") {
      if (config::scan_double(text, value) != config::Scan::ok) return std::nullopt;
      any = true;
    }
    values.push_back(value);
  }
  return any ? std::optional(values) : std::nullopt;
}

template <class T>
void append(const Array& array, std::vector<double>& all) {
  for (const T value : array.as<T>()) all.push_back(static_cast<double>(value));
}

void append_numbers(const Array& array, std::vector<double>& all) {
  switch (array.dtype) {
    case DType::u8:
      return append<std::uint8_t>(array, all);
    case DType::i32:
      return append<std::int32_t>(array, all);
    case DType::i64:
      return append<std::int64_t>(array, all);
    case DType::u64:
      return append<std::uint64_t>(array, all);
    case DType::f32:
      return append<float>(array, all);
    case DType::f64:
      return append<double>(array, all);
  }
}

void write_settings(Hdf5Writer& file, const SweepTable& table) {
  for (std::size_t k = 0; k < table.keys.size(); ++k) {
    std::vector<std::string> texts;
    for (const auto& settings : table.settings) texts.push_back(as_utf8(settings[k]));
    const Meaning meaning{"run", "", "value of the key " + table.keys[k]};
    if (const auto values = numbers(texts))
      file.dataset("/settings/" + table.keys[k], *values, meaning);
    else
      file.strings("/settings/" + table.keys[k], texts, meaning);
  }
}

void write_metrics(Hdf5Writer& file, const SweepTable& table) {
  for (std::size_t m = 0; m < table.metrics.size(); ++m) {
    std::vector<double> values;
    for (const auto& row : table.last) values.push_back(row[m]);
    file.dataset("/final/" + table.metrics[m], values, {"run", "", "in the last row of metrics.csv"});
  }
  if (!table.headline.empty())
    file.dataset("/best/" + table.headline, table.best,
                 {"run", "", "best value, which the run is judged by"});
}

void write_stacked(Hdf5Writer& file, const SweepTable& table, const std::string& path) {
  std::optional<Shape> shape;
  Meaning meaning;
  std::vector<std::optional<Array>> arrays;
  for (const Entry& run : table.runs) {
    auto& array = arrays.emplace_back();
    if (run.state != "done") continue;
    const Hdf5Reader results(RunDirectory{run.directory}.results());
    array = results.dataset(path);
    if (!shape) {
      shape = array->shape;
      meaning = {results.text_attribute(path, "dims"), results.text_attribute(path, "units"),
                 results.text_attribute(path, "description")};
    } else if (array->shape != *shape) {
      throw DataError(run.directory.string() + ": " + path + ": expected shape " + to_string(*shape) +
                      " as in the runs before, got " + to_string(array->shape));
    }
  }
  if (!shape) throw MissingInput("--dataset " + path + ": none of the runs is done");
  std::vector<double> all;
  for (const auto& array : arrays)
    if (array)
      append_numbers(*array, all);
    else
      all.resize(all.size() + static_cast<std::size_t>(count(*shape)), NAN);
  Shape stacked = {static_cast<std::int64_t>(table.runs.size())};
  stacked.insert(stacked.end(), shape->begin(), shape->end());
  meaning.dims = meaning.dims.empty() ? "run" : "run," + meaning.dims;
  file.dataset<double>("/datasets" + path, all, stacked, meaning);
}

}  // namespace

void write_sweep(const std::filesystem::path& path, const SweepTable& table,
                 const std::vector<std::string>& datasets) {
  Hdf5Writer file(path);
  file.attribute("/", "filetype", std::string("tsd-sweep"));
  file.attribute("/", "format_version", std::int64_t{1});
  file.attribute("/", "tsd_version", build_info().version);
  file.attribute("/", "family", table.runs.front().status.family);
  std::vector<std::int64_t> indices, steps;
  std::vector<std::string> runs, states, digests;
  for (const auto& [directory, status, state, queue] : table.runs) {
    indices.push_back(status.index.value_or(-1));
    steps.push_back(status.step);
    runs.push_back(as_utf8(directory.string()));
    states.push_back(state);
    digests.push_back(status.config_sha256);
  }
  file.dataset("/index", indices, {"run", "", "index of the sweep; -1: not of a sweep"});
  file.strings("/run", runs, {"run", "", "its directory"});
  file.strings("/state", states, {"run", "", "done, stopped, running, crashed, failed or diverged"});
  file.dataset("/step", steps, {"run", "1", "steps done"});
  file.strings("/config_sha256", digests, {"run", "", "digest of the configuration"});
  write_settings(file, table);
  write_metrics(file, table);
  std::set<std::string> paths;
  for (const auto& dataset : datasets) paths.insert(dataset.starts_with("/") ? dataset : "/" + dataset);
  for (const auto& path : paths) write_stacked(file, table, path);
  file.close();
}

}  // namespace tsd::cli
