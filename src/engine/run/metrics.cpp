#include "tsd/engine/run/metrics.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "tsd/engine/run/log.hpp"
#include "tsd/engine/run/provenance.hpp"
#include "tsd/engine/table.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/hash.hpp"

namespace tsd {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 30;

std::string digest(std::string_view text) { return xxh3_128(std::as_bytes(std::span(text))); }

std::string header(const std::vector<Metric>& row) {
  std::string line = "step";
  for (const auto& metric : row) {
    if (metric.name.find_first_of(",\"\n") != std::string::npos)
      throw std::logic_error("metric name '" + metric.name + "' has a comma, quote or line break");
    line += "," + metric.name;
  }
  return line + "\n";
}

}  // namespace

std::string shortest(double value) {
  if (std::isnan(value)) return "nan";  // has no sign
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

MetricsFile::MetricsFile(std::filesystem::path path) : path_(std::move(path)) { open(O_TRUNC); }

MetricsFile::MetricsFile(std::filesystem::path path, const MetricsMark& mark,
                         const std::optional<std::string>& rows)
    : path_(std::move(path)), goes_on_(true) {
  const auto bytes = static_cast<std::size_t>(mark.bytes);
  const std::string found = std::filesystem::exists(path_) ? read_text(path_, kMaxBytes) : "";
  if (found.size() < bytes || digest(std::string_view(found).substr(0, bytes)) != mark.xxh3_128) {
    if (!rows)
      throw DataError(path_.string() + ": altered since the last checkpoint (its first " +
                      std::to_string(bytes) +
                      " bytes are not those written); put the original back, or start anew in another --out");
    rebuild(found, *rows);
    return;
  }
  content_ = found.substr(0, bytes);
  open(0);
  if (ftruncate(descriptor_, mark.bytes) != 0) throw IoError(path_.string() + ": " + std::strerror(errno));
}

void MetricsFile::rebuild(const std::string& found, const std::string& rows) {
  std::string aside;
  if (!found.empty()) {
    const auto copy = std::filesystem::path(path_).replace_extension(".altered.csv");
    write_atomically(copy, std::string_view(found));
    aside = "; what stood there is now in " + copy.filename().string();
  }
  log_warning(path_.string() + ": altered since the last checkpoint; its rows are written anew" + aside);
  write_atomically(path_, std::string_view(rows));
  content_ = rows;
  open(0);
}

MetricsFile::~MetricsFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void MetricsFile::open(int flags) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0666);
  if (descriptor_ < 0) {
    const std::string message = path_.string() + ": cannot create: " + std::strerror(errno);
    if (errno == ENOSPC || errno == EDQUOT) throw IoError(message);
    throw CannotCreate(message);
  }
}

void MetricsFile::append(std::int64_t step, const std::vector<Metric>& row) {
  const std::string columns = header(row);
  if (content_.empty()) write(columns);
  if (!content_.starts_with(columns)) refuse_columns(columns);
  std::string line = std::to_string(step);
  for (const auto& metric : row)
    line += "," + (metric.text.empty() ? shortest(metric.value) : csv_cell(metric.text));
  write(line + "\n");
}

void MetricsFile::refuse_columns(const std::string& columns) const {
  if (!goes_on_) throw std::logic_error("a row of metrics has other columns than the first: " + columns);
  const auto shown = [](const std::string& line) { return line.substr(0, line.find('\n')); };
  throw DataError(path_.string() + ": expected the columns " + shown(columns) + ", got " + shown(content_) +
                  kOtherVersion);
}

void MetricsFile::write(const std::string& text) {
  for (std::string_view rest = text; !rest.empty();) {
    const auto written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      throw IoError(path_.string() + ": cannot write " + std::to_string(rest.size()) +
                    " bytes: " + std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  content_ += text;
}

MetricsMark MetricsFile::mark() const {
  return {static_cast<std::int64_t>(content_.size()), digest(content_)};
}

void MetricsFile::sync() const {
  if (fsync(descriptor_) != 0) throw IoError(path_.string() + ": " + std::strerror(errno));
}

}  // namespace tsd
