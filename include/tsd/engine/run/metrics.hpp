// metrics.csv: one line per finished row, whole after each.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tsd/engine/experiment.hpp"

namespace tsd {

// A prefix of the file: its length and digest.
struct MetricsMark {
  std::int64_t bytes = 0;
  std::string xxh3_128;
};

// Columns: `step`, then those of the first row. Numbers are the shortest that read back to the same double.
class MetricsFile {
 public:
  // Cuts the file back to `mark`. Where what is kept was altered, or is gone, it is written anew from `rows`,
  // the text of then, with a warning; what stood there is put aside. Without `rows`: DataError naming the
  // file.
  MetricsFile(std::filesystem::path path, const MetricsMark& mark, const std::optional<std::string>& rows);
  // An empty file.
  explicit MetricsFile(std::filesystem::path path);
  ~MetricsFile();
  MetricsFile(const MetricsFile&) = delete;
  MetricsFile& operator=(const MetricsFile&) = delete;

  void append(std::int64_t step, const std::vector<Metric>& row);
  MetricsMark mark() const;
  const std::string& text() const { return content_; }
  void sync() const;  // before a checkpoint that relies on it

 private:
  void open(int flags);
  [[noreturn]] void refuse_columns(const std::string& columns) const;
  void rebuild(const std::string& found, const std::string& rows);
  void write(const std::string& text);

  std::filesystem::path path_;
  std::string content_;
  bool goes_on_ = false;  // with rows of an earlier session
  int descriptor_ = -1;
};

std::string shortest(double value);  // reads back to the same double; "nan", "inf"

}  // namespace tsd
