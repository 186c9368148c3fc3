// What every family has to keep, whatever it computes.
#include <regex>
#include <set>

#include "conformance/requests.hpp"
#include "support/catch.hpp"
#include "tsd/engine/analyze.hpp"
#include "tsd/engine/run/run_many.hpp"

namespace tsd {
namespace {

// Does `path` fit the documented `pattern`, in which <...> stands for any name?
bool fits(std::string_view pattern, std::string_view path) {
  const auto open = pattern.find('<');
  if (open == std::string_view::npos) return pattern == path;
  const auto close = pattern.find('>', open);
  if (path.substr(0, open) != pattern.substr(0, open)) return false;
  for (auto end = open; end <= path.size(); ++end) {
    if (fits(pattern.substr(close + 1), path.substr(end))) return true;
    if (end < path.size() && path[end] == '/') return false;
  }
  return false;
}

// Are these the axes of the page, where `#` stands for an extent?
bool axes_fit(const std::string& axes, std::string dims) {
  for (std::size_t at; (at = dims.find('#')) != std::string::npos;) dims.replace(at, 1, "[0-9]+");
  return std::regex_match(axes, std::regex(dims));
}

// Each dataset is one of `outputs`, with the axes and units told there.
void check_documented(const Hdf5Reader& file, const std::vector<Output>& outputs) {
  std::vector<std::string> datasets;
  find_datasets(file, "/", datasets);
  for (const auto& path : datasets) {
    if (path.starts_with("/provenance/") || is_axis(file, path)) continue;
    CAPTURE(path);
    const Output* documented = nullptr;
    for (const auto& output : outputs)
      if (fits(output.path, path)) documented = &output;
    REQUIRE(documented != nullptr);
    if (documented->dims != "...") CHECK(axes_fit(file.text_attribute(path, "dims"), documented->dims));
    CHECK(file.text_attribute(path, "units") == documented->units);
  }
}

}  // namespace

TEST_CASE("conformance: a resolved config reads back to itself", "[conformance]") {
  for (const auto& subject : subjects()) {
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    const auto first = request_for(subject, temporary / "run").config;
    spit(temporary / "again.yaml", first.yaml);
    const auto second = request_for({temporary / "again.yaml", {}}, temporary / "run").config;
    CHECK(second.yaml == first.yaml);
    CHECK(second.sha256 == first.sha256);
    CHECK(second.seed == first.seed);
  }
}

TEST_CASE("conformance: what the run group says is no part of the configuration's identity",
          "[conformance]") {
  for (const auto& subject : subjects()) {
    const auto plain = request_for(subject, "unused").config;
    CHECK(request_for(subject, "unused", {"run.checkpoint_every=1"}).config.sha256 == plain.sha256);
    CHECK(request_for(subject, "unused", {"seed=4711"}).config.sha256 != plain.sha256);
  }
}

TEST_CASE("conformance: a run ends with every file in place and every dataset documented", "[conformance]") {
  for (const auto& subject : subjects()) {
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    const auto request = request_for(subject, temporary / "run");
    const auto result = run(request);
    CHECK(result.state == RunState::done);
    CHECK(result.code == Exit::ok);
    const RunDirectory directory{request.directory};
    for (const auto& file : {directory.config(), directory.overrides(), directory.status(), directory.log(),
                             directory.metrics(), directory.results()})
      CHECK(fs::exists(file));
    const auto status = read_status(directory.status());
    CHECK(slurp(directory.metrics()).find("," + status->headline) != std::string::npos);
    CHECK(status->best);
    CHECK(slurp(directory.config()) == request.config.yaml);
    const Hdf5Reader results(directory.results());
    CHECK(results.text("/provenance/config_yaml") == request.config.yaml);
    CHECK(results.text_attribute("/", "config_sha256") == request.config.sha256);
    CHECK(results.number_attribute("/", "seed") == static_cast<double>(request.config.seed));
    check_documented(results, request.config.family->outputs);
  }
}

TEST_CASE("conformance: analyses of a finished run leave documented datasets", "[conformance]") {
  for (const auto& subject : subjects()) {
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    const auto request = request_for(subject, temporary / "run");
    const Family& family = *request.config.family;
    if (family.analyses.empty()) continue;
    CHECK_THROWS_AS(
        analyze_run(request.directory, family.analyses[0], subject_families(), subject_accelerator()),
        MissingInput);
    run(request);
    const auto before = slurp(RunDirectory{request.directory}.results());
    for (const Analysis& analysis : family.analyses) {
      CAPTURE(analysis.name);
      const auto file = analyze_run(request.directory, analysis, subject_families(), subject_accelerator());
      const Hdf5Reader found(file);
      CHECK(found.text_attribute("/", "filetype") == "tsd-analysis");
      CHECK(found.text_attribute("/", "config_sha256") == request.config.sha256);
      check_documented(found, analysis.outputs);
    }
    const auto altered = analyze_run(request.directory, family.analyses[0], subject_families(),
                                     subject_accelerator(), {"run.threads=3"});
    CHECK(Hdf5Reader(altered).number_attribute("/", "threads") == 3);
    CHECK_THROWS_WITH(analyze_run(request.directory, family.analyses[0], subject_families(),
                                  subject_accelerator(), {"seed=" + std::to_string(request.config.seed + 1)}),
                      Catch::Contains("seed: cannot be set for an analysis"));
    CHECK(slurp(RunDirectory{request.directory}.results()) == before);
  }
}

TEST_CASE("conformance: a finished run has nothing left to do", "[conformance]") {
  for (const auto& subject : subjects()) {
    TemporaryDirectory temporary;
    const auto request = request_for(subject, temporary / "run");
    run(request);
    const auto results = slurp(RunDirectory{request.directory}.results());
    const auto again = run(request);
    CHECK_FALSE(again.worked);
    CHECK(again.state == RunState::done);
    CHECK(slurp(RunDirectory{request.directory}.results()) == results);
  }
}

TEST_CASE("conformance: an interrupted run ends in the same bytes", "[conformance]") {
  for (const auto& subject : subjects()) {
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    const auto whole = request_for(subject, temporary / "whole");
    const std::int64_t total = run(whole).total;
    // First, middle and beside it, within the last row, last.
    for (const auto steps : std::set{std::int64_t{1}, total / 2, total / 2 + 1, total - 1, total}) {
      CAPTURE(steps, total);
      auto parts = request_for(subject, temporary / ("stop" + std::to_string(steps)));
      const auto stopped = run_until(parts, steps);
      CHECK(stopped.state == RunState::stopped);
      CHECK(stopped.code == Exit::stopped);
      CHECK(stopped.step == steps);
      parts.resume = Resume::must;
      CHECK(run(parts).state == RunState::done);
      CHECK(differing(whole.directory, parts.directory) == "");
    }
  }
}

TEST_CASE("conformance: a run stopped over and over, with a checkpoint at each step, ends in the same bytes",
          "[conformance]") {
  for (const auto& subject : subjects()) {
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    const std::vector<std::string> always = {"run.checkpoint_every=1e-9"};
    const auto whole = request_for(subject, temporary / "whole", always);
    const auto total = run(whole).total;
    const auto parts = request_for(subject, temporary / "parts", always);
    int sessions = 1;
    while (run_until(parts, total / 5 + 1).state != RunState::done) ++sessions;
    CHECK(sessions > 2);
    CHECK(differing(whole.directory, parts.directory) == "");
  }
}

TEST_CASE("conformance: equal seeds give equal bytes, another seed gives others", "[conformance]") {
  for (const auto& subject : subjects()) {
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    for (const char* name : {"a", "b"}) run(request_for(subject, temporary / name, {"seed=7"}));
    run(request_for(subject, temporary / "c", {"seed=8"}));
    CHECK(differing(temporary / "a", temporary / "b") == "");
    CHECK(slurp(temporary / "a/metrics.csv") != slurp(temporary / "c/metrics.csv"));
  }
}

TEST_CASE("conformance: results do not depend on the number of jobs", "[conformance]") {
  for (const auto& subject : subjects()) {
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    std::vector<RunRequest> alone, together;
    for (int seed = 1; seed <= 4; ++seed) {
      const auto name = std::to_string(seed), override = "seed=" + name;
      alone.push_back(request_for(subject, temporary / ("1/" + name), {override}));
      together.push_back(request_for(subject, temporary / ("4/" + name), {override}));
    }
    CHECK(worst(run_many(alone, {1, 1, false}, subject_accelerator())) == Exit::ok);
    CHECK(worst(run_many(together, {4, 1, false}, subject_accelerator())) == Exit::ok);
    for (std::size_t i = 0; i < alone.size(); ++i)
      CHECK(differing(alone[i].directory, together[i].directory) == "");
  }
}

TEST_CASE("conformance: every device that is there runs", "[conformance]") {
  for (const auto& device : subject_accelerator().devices()) {
    if (device == "cpu") continue;  // all the cases above
    for (const auto& subject : subjects()) {
      CAPTURE(subject.config, device);
      TemporaryDirectory temporary;
      const auto request = request_for(subject, temporary / "run", {"run.device=" + device});
      CHECK(run(request).state == RunState::done);
      CHECK(Hdf5Reader(RunDirectory{request.directory}.results()).text_attribute("/", "device") == device);
    }
  }
}

}  // namespace tsd
