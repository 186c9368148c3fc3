#include "tsd/engine/run/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

#include "tsd/engine/run/log.hpp"

namespace tsd {
namespace {

constexpr std::size_t kLineMetrics = 6;  // of a log's line: the first ones, which a family puts first

template <class... T>
std::string format(const char* pattern, T... values) {
  char text[128];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

double fraction(const ProgressView& v) {
  return v.total > 0 ? static_cast<double>(v.step) / static_cast<double>(v.total) : 1;
}

std::string rate_text(const ProgressView& v) {
  const double rate = v.rate * v.pace.per_step;
  const std::string unit = v.pace.unit.empty() ? "/s" : " " + v.pace.unit + "/s";
  if (rate >= 1e7) return format("%.1f M", rate / 1e6) + unit;
  if (rate >= 1e5) return format("%.0f k", rate / 1e3) + unit;
  return format(rate < 10 ? "%.2g" : "%.0f", rate) + unit;
}

std::string eta_text(const ProgressView& v) {
  return v.rate > 0 ? duration_text(static_cast<double>(v.total - v.step) / v.rate) : "?";
}

std::string metric_text(const Metric& metric) {
  return metric.name + (metric.text.empty() ? format(" %.4g", metric.value) : " " + metric.text);
}

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string duration_text(double seconds) {
  const auto s = std::llround(seconds);
  if (s < 60) return format("%lld s", s);
  if (s < 3600) return format("%lld:%02lld min", s / 60, s % 60);
  return format("%lld:%02lld:%02lld h", s / 3600, s / 60 % 60, s % 60);
}

std::string progress_bar(const ProgressView& v, int width) {
  constexpr int kCells = 20;
  const int full = static_cast<int>(fraction(v) * kCells);
  std::string line = v.label + " [" + std::string(full, '#') + std::string(kCells - full, '-') + "]" +
                     format(" %3.0f %%", 100 * fraction(v)) +
                     format(" %lld/%lld", static_cast<long long>(v.step), static_cast<long long>(v.total));
  if (v.rate > 0) line += " " + rate_text(v) + " ETA " + eta_text(v);
  for (const auto& metric : v.metrics) {
    const auto text = "  " + metric_text(metric);
    if (static_cast<int>(line.size() + text.size()) > width) break;
    line += text;
  }
  return line.substr(0, static_cast<std::size_t>(std::max(0, width)));
}

std::string progress_line(const ProgressView& v) {
  std::string line =
      v.label + format(": step %lld/%lld", static_cast<long long>(v.step), static_cast<long long>(v.total));
  const std::size_t shown = std::min(v.metrics.size(), kLineMetrics);
  for (const auto& metric : std::span(v.metrics).first(shown)) line += "  " + metric_text(metric);
  if (v.rate > 0) line += "  (" + rate_text(v) + ", ETA " + eta_text(v) + ")";
  return line;
}

bool Progress::on_terminal() {
  const char* terminal = std::getenv("TERM");  // "dumb": one that shows escapes as text (editors, CI)
  return isatty(STDERR_FILENO) == 1 && terminal && std::string_view(terminal) != "dumb";
}

Progress::Progress(std::string label, std::int64_t first, std::int64_t total, bool bar, Pace pace)
    : first_(first), bar_(bar) {
  view_.label = std::move(label);
  view_.step = first;
  view_.total = total;
  view_.pace = std::move(pace);
}

Progress::~Progress() {
  if (bar_) show_status_line("");
}

void Progress::step(std::int64_t done, const std::vector<Metric>& row) {
  const auto now = Clock::now();
  view_.step = done;
  if (!row.empty()) view_.metrics = row;
  const auto pause = bar_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(1000);
  const bool due = now - drawn_ > pause ? bar_ || !row.empty() : done == view_.total;
  if (!due) return;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  view_.rate = elapsed > 0 ? static_cast<double>(done - first_) / elapsed : 0;
  if (bar_)
    show_status_line(progress_bar(view_, terminal_width() - 1));
  else
    log_info(progress_line(view_));
  drawn_ = now;
}

}  // namespace tsd
