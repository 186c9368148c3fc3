// Every family's plain backend on a device: what the CPU gives, bit for bit on the walled one.
#include <chrono>
#include <cmath>
#include <iostream>
#include <sstream>

#include "device/runs.hpp"
#include "support/catch.hpp"
#include "support/device/memory.hpp"
#include "tsd/engine/analyze.hpp"

namespace tsd {
namespace {

constexpr const char* kWalled = "walled:1";  // the second card: what names no card lies on the first

fs::path analysed(const fs::path& run, const Analysis& analysis) {
  return analyze_run(run, analysis, subject_families(), subject_accelerator());
}

std::string cuda() {
  for (const auto& device : subject_accelerator().devices())
    if (device.starts_with("cuda")) return device;
  return "";
}

// Numbers of the last row of a metrics.csv; text is NaN.
std::vector<double> last_row(const fs::path& run) {
  std::istringstream lines(slurp(RunDirectory{run}.metrics()));
  std::string line, cell;
  for (std::string next; std::getline(lines, next);) line = next;
  std::istringstream cells(line);
  std::vector<double> row;
  while (std::getline(cells, cell, ',')) {
    char* end = nullptr;
    const double value = std::strtod(cell.c_str(), &end);
    row.push_back(end != cell.c_str() && *end == '\0' ? value : NAN);
  }
  return row;
}

double seconds_of(const RunRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  CHECK(run(request).state == RunState::done);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void check_same_as_cpu(const Subject& subject) {
  TemporaryDirectory temporary;
  const auto on_cpu = request_for(subject, temporary / "cpu", on("cpu"));
  const auto on_card = request_for(subject, temporary / "card", on(kWalled));
  REQUIRE(run(on_cpu).state == RunState::done);
  const std::size_t before = walled::blocks_taken();
  REQUIRE(run(on_card).state == RunState::done);
  CHECK(walled::blocks_taken() > before);  // it did compute there
  CHECK(slurp(temporary / "cpu/metrics.csv") == slurp(temporary / "card/metrics.csv"));
  CHECK(differing_datasets(temporary / "cpu/results.h5", temporary / "card/results.h5") == "");
  CHECK(Hdf5Reader(temporary / "card/results.h5").text_attribute("/", "device") == kWalled);
  for (const Analysis& analysis : on_cpu.config.family->analyses) {
    CAPTURE(analysis.name);
    fs::path expected;
    try {
      expected = analysed(on_cpu.directory, analysis);
    } catch (const UserError&) {
      continue;  // nothing for it in this config
    }
    CHECK(differing_datasets(expected, analysed(on_card.directory, analysis)) == "");
  }
}

void check_resume(const Subject& subject) {
  TemporaryDirectory temporary;
  const auto whole = request_for(subject, temporary / "whole", on(kWalled));
  const auto total = run(whole).total;
  const auto parts = request_for(subject, temporary / "parts", on(kWalled));
  run_until(parts, total / 2 + 1);
  CHECK(run(parts).state == RunState::done);
  CHECK(differing(whole.directory, parts.directory) == "");
}

}  // namespace

TEST_CASE("device: a run of each family, and its analyses, have the CPU's numbers", "[device]") {
  for (const auto& [subject, name, first] : plain_runs())
    if (first) DYNAMIC_SECTION(name) {
        check_same_as_cpu(subject);
      }
}

TEST_CASE("device: an interrupted run of each family ends in the same bytes", "[device]") {
  for (const auto& [subject, name, first] : plain_runs())
    if (first) DYNAMIC_SECTION(name) {
        check_resume(subject);
      }
}

TEST_CASE("device: other cells and tasks of each family do the same", "[device][slow]") {
  for (const auto& [subject, name, first] : plain_runs())
    if (!first) DYNAMIC_SECTION(name) {
        check_same_as_cpu(subject);
        check_resume(subject);
      }
}

TEST_CASE("device: whole smoke runs have the CPU's numbers", "[device][slow]") {
  for (const auto& subject : plain_subjects()) {
    DYNAMIC_SECTION(subject.config) {
      TemporaryDirectory temporary;
      REQUIRE(run(request_for(subject, temporary / "cpu", on("cpu"))).state == RunState::done);
      REQUIRE(run(request_for(subject, temporary / "card", on(kWalled))).state == RunState::done);
      CHECK(slurp(temporary / "cpu/metrics.csv") == slurp(temporary / "card/metrics.csv"));
      CHECK(differing_datasets(temporary / "cpu/results.h5", temporary / "card/results.h5") == "");
    }
  }
}

// Orders of sums are its own: single precision over some steps of learning.
TEST_CASE("device: every family on CUDA is near the CPU, and goes on after an end; the time of each",
          "[device][cuda]") {
  const std::string device = cuda();
  if (device.empty()) {
    WARN("skipped: no CUDA device");
    return;
  }
  for (const auto& [subject, name, first] : plain_runs()) {
    CAPTURE(name);
    TemporaryDirectory temporary;
    const double cpu = seconds_of(request_for(subject, temporary / "cpu", on("cpu")));
    seconds_of(request_for(subject, temporary / "first", on(device)));  // kernels are loaded
    const double card = seconds_of(request_for(subject, temporary / "card", on(device)));
    std::cout << name << ": CPU " << cpu << " s, " << device << " " << card << " s\n";
    const auto expected = last_row(temporary / "cpu"), got = last_row(temporary / "card");
    REQUIRE(got.size() == expected.size());
    for (std::size_t k = 0; k < got.size(); ++k)
      if (!std::isnan(expected[k])) CHECK(got[k] == Approx(expected[k]).epsilon(1e-2).margin(1e-3));
    const auto parts = request_for(subject, temporary / "parts", on(device));
    CHECK(run_until(parts, 1).state == RunState::stopped);
    CHECK(run(parts).state == RunState::done);
  }
}

}  // namespace tsd
