// What a run that begins with the state of another has to keep, whatever the family.
#include <set>

#include "conformance/requests.hpp"
#include "support/catch.hpp"
#include "tsd/engine/run/fork.hpp"

namespace tsd {
namespace {

bool same(const Hdf5Reader& a, const Hdf5Reader& b, const std::string& path) {
  try {
    const Array x = a.dataset(path), y = b.dataset(path);
    return x.shape == y.shape && x.dtype == y.dtype && x.bytes == y.bytes;
  } catch (const DataError&) {  // text
    return a.strings(path) == b.strings(path);
  }
}

// Two files of results but for what one run began from.
std::string differing_datasets(const fs::path& a, const fs::path& b) {
  const Hdf5Reader first(a), second(b);
  std::vector<std::string> of_first, of_second;
  find_datasets(first, "/", of_first);
  find_datasets(second, "/", of_second);
  std::set<std::string> paths(of_first.begin(), of_first.end());
  paths.insert(of_second.begin(), of_second.end());
  std::string names;
  for (const auto& path : paths) {
    if (path.starts_with("/provenance/parent/") || path.starts_with("/provenance/lineage/") ||
        is_axis(first.exists(path) ? first : second, path))
      continue;
    if (!first.exists(path) || !second.exists(path) || !same(first, second, path)) names += path + " ";
  }
  return names;
}

// Checkpoints, metrics and results.
void check_same_end(const fs::path& whole, const fs::path& fork) {
  const auto a = run_files(whole), b = run_files(fork);
  for (const auto& [name, content] : a) {
    CAPTURE(name);
    REQUIRE(b.contains(name));
    if (name != "results.h5") CHECK(b.at(name) == content);
  }
  CHECK(a.size() == b.size());
  CHECK(differing_datasets(RunDirectory{whole}.results(), RunDirectory{fork}.results()) == "");
}

}  // namespace

TEST_CASE("conformance: a fork without a change ends as the undisturbed run", "[conformance]") {
  for (const auto& subject : subjects()) {
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    const auto whole = request_for(subject, temporary / "whole");
    const std::int64_t total = run(whole).total, steps = total / 2 + 1;
    const auto parent = request_for(subject, temporary / "parent");
    run_until(parent, steps);
    auto fork = request_for(subject, temporary / "fork");
    fork.from = ForkPoint{parent.directory};
    // Interrupted, and its parent gone: it has all it needs.
    if (steps < total) {
      CHECK(run_until(fork, 1).step == steps + 1);
      fs::rename(parent.directory / "checkpoints", parent.directory / "gone");
    }
    CHECK(run(fork).state == RunState::done);
    check_same_end(whole.directory, fork.directory);

    const auto status = read_status(RunDirectory{fork.directory}.status());
    REQUIRE(status->parent);
    CHECK(status->parent->step == steps);
    CHECK(status->parent->directory == fs::canonical(parent.directory).string());
    CHECK(status->parent->changed.empty());
    const Hdf5Reader results(RunDirectory{fork.directory}.results());
    CHECK(results.text("/provenance/parent/config_sha256") == parent.config.sha256);
  }
}

TEST_CASE("conformance: a finished run goes on to what a longer one gives", "[conformance]") {
  for (const auto& subject : subjects_and_others()) {
    if (subject.shorter.empty()) continue;
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    const auto whole = request_for(subject, temporary / "whole");
    run(whole);
    const auto parent = request_for(subject, temporary / "parent", {subject.shorter});
    CHECK(run(parent).state == RunState::done);
    auto fork = request_for(subject, temporary / "fork");
    fork.from = ForkPoint{parent.directory};
    CHECK(run(fork).state == RunState::done);
    check_same_end(whole.directory, fork.directory);
    const auto changed = read_status(RunDirectory{fork.directory}.status())->parent->changed;
    REQUIRE(changed.size() == 1);
    CHECK(changed[0].key + "=" + changed[0].before == subject.shorter);
  }
}

TEST_CASE("conformance: a run made to end where it stands keeps the files that a shorter one keeps",
          "[conformance]") {
  for (const auto& subject : subjects_and_others()) {
    if (subject.shorter.empty()) continue;
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    const auto whole = request_for(subject, temporary / "whole", {subject.shorter});
    const RunResult ended = run(whole);
    if (ended.step != ended.total) continue;  // by what it reached: a run that went on has reached more
    const auto parent = request_for(subject, temporary / "parent");
    REQUIRE(run_until(parent, ended.total).state == RunState::stopped);
    auto fork = request_for(subject, temporary / "fork", {subject.shorter});
    fork.from = ForkPoint{parent.directory};
    CHECK(run(fork).state == RunState::done);
    check_same_end(whole.directory, fork.directory);
  }
}

TEST_CASE("conformance: what a fork may change has an effect from there on", "[conformance]") {
  for (const auto& subject : subjects()) {
    if (subject.change.empty()) continue;
    CAPTURE(subject.config);
    TemporaryDirectory temporary;
    const auto whole = request_for(subject, temporary / "whole");
    const auto parent = request_for(subject, temporary / "parent");
    run_until(parent, run(whole).total / 2);
    auto fork = request_for(subject, temporary / "fork", {subject.change});
    fork.from = ForkPoint{parent.directory};
    CHECK(run(fork).state == RunState::done);
    const auto before = slurp(RunDirectory{parent.directory}.metrics()),
               after = slurp(RunDirectory{fork.directory}.metrics());
    CHECK(after.starts_with(before));
    CHECK(after != slurp(RunDirectory{whole.directory}.metrics()));
    const auto changed = read_status(RunDirectory{fork.directory}.status())->parent->changed;
    REQUIRE(changed.size() == 1);
    CHECK(subject.change.starts_with(changed[0].key + "="));
  }
}

TEST_CASE("conformance: a fork with another seed, or of another family, is refused by name",
          "[conformance]") {
  std::optional<RunRequest> other;  // of another family
  TemporaryDirectory temporary;
  for (const auto& subject : subjects()) {
    CAPTURE(subject.config);
    const auto parent = request_for(subject, temporary / fs::path(subject.config).parent_path().filename());
    run_until(parent, 1);
    auto fork = request_for(subject, temporary / "fork", {"seed=4711"});
    fork.from = ForkPoint{parent.directory};
    CHECK_THROWS_WITH(run(fork), Catch::Contains("seed: ") && Catch::Contains("4711 here") &&
                                     Catch::Contains("; a fork may change "));
    CHECK_FALSE(fs::exists(RunDirectory{fork.directory}.status()));
    fork = request_for(subject, temporary / "fork");
    if (other) {
      fork.from = ForkPoint{other->directory};
      CHECK_THROWS_WITH(run(fork), Catch::Contains("a run of family " + other->config.family->name +
                                                   "; one of family " + parent.config.family->name));
    }
    other = parent;
  }
}

}  // namespace tsd
