#include "tsd/engine/run/fork.hpp"

#include <algorithm>
#include <tuple>

#include "engine/config/config_difference.hpp"
#include "engine/config/text.hpp"
#include "engine/schema/each_field.hpp"
#include "engine/schema/reader.hpp"
#include "tsd/engine/user_path.hpp"
#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"

namespace tsd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLast = "last";
constexpr const char* kBefore = "prev";

std::string name_of(const ForkPoint& from) { return from.run.string() + "@" + from.checkpoint; }

fs::path checkpoint_file(const ForkPoint& from) {
  const fs::path folder = RunDirectory{from.run}.checkpoints();
  const auto file = folder / (from.checkpoint + ".safetensors");
  const bool whole = from.checkpoint == kLast || from.checkpoint == kBefore;
  if (whole && fs::exists(file)) return file;
  const std::string had = fs::exists(file) ? "holds weights alone" : "no such checkpoint";
  throw MissingInput(name_of(from) + ": " + had + "; expected one of a whole state: last" +
                     (fs::exists(folder / "prev.safetensors") ? " or prev" : ""));
}

Status status_of(const ForkPoint& from) {
  const auto status = read_status(RunDirectory{from.run}.status());
  if (!status) throw MissingInput(from.run.string() + ": not a run directory (no status.json)");
  return *status;
}

std::vector<Parent::Change> changed_inputs(const std::vector<Input>& before, const std::vector<Input>& now) {
  const auto digest_of = [](const std::vector<Input>& inputs, const std::string& key) -> std::string {
    const auto found = std::ranges::find(inputs, key, &Input::key);
    return found == inputs.end() ? "(absent)" : found->sha256;
  };
  std::vector<Parent::Change> changes;
  for (const Input& input : now)
    if (const auto old = digest_of(before, input.key); old != input.sha256)
      changes.push_back({input.key, old, input.sha256});
  for (const Input& input : before)
    if (digest_of(now, input.key) == "(absent)") changes.push_back({input.key, input.sha256, "(absent)"});
  return changes;
}

// Of all that determines numbers.
std::vector<Parent::Change> changes(const ForkPoint& from, const Status& status, const RunConfig& config,
                                    const std::vector<Input>& inputs, const Schema& schema) {
  std::set<std::string> by_content;
  for (const auto* all : {&status.inputs, &inputs})
    for (const Input& input : *all) by_content.insert(field_of(input.key));
  auto all =
      changed_keys(read_text(RunDirectory{from.run}.config(), 1 << 20), config.yaml, by_content, schema);
  for (auto& change : changed_inputs(status.inputs, inputs)) all.push_back(std::move(change));
  return all;
}

void refuse_fixed(const ForkPoint& from, const std::vector<Parent::Change>& changes, Schema& schema) {
  std::vector<std::string> refused, free;
  for (const Parent::Change& change : changes) {
    const Field* field = config::find_field(schema, field_of(change.key));
    if (!field || !field->changeable) refused.push_back(text_of(change));
  }
  if (refused.empty()) return;
  config::each_field(schema, [&](const std::string& key, const Field& field) {
    if (field.changeable) free.push_back(key);
  });
  throw ConfigError(from.run.string() + ": a run with other values cannot go on from its state: " +
                    config::joined(refused, "; ") + "; a fork may change " +
                    (free.empty() ? "no key of this family" : config::joined(free, ", ")));
}

// Names of the files with weights alone, but for those of its end.
std::vector<std::string> weights_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().stem().string();
    const bool is_kept = name != kLast && name != kBefore && name != "next" && name != kFinal;
    if (entry.path().extension() == ".safetensors" && is_kept) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

ForkPoint fork_point(const std::string& text) {
  if (text.empty()) throw UsageError("--from: expected RUN or RUN@checkpoint, got nothing");
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos || at == 0 || fs::is_directory(expanded_path(text)))
    return {expanded_path(text), kLast};
  return {expanded_path(text.substr(0, at)), text.substr(at + 1)};
}

Fork read_fork(const ForkPoint& from, const RunConfig& config, const std::vector<Input>& inputs) {
  const Status status = status_of(from);
  if (status.family != config.family->name)
    throw ConfigError(from.run.string() + ": a run of family " + status.family + "; one of family " +
                      config.family->name + " cannot go on from its state");
  const auto file = checkpoint_file(from);
  Fork fork;
  std::tie(fork.checkpoint, fork.parent.config_sha256) = read_checkpoint(file, status.family);
  if (!fork.checkpoint.rows)
    throw DataError(file.string() + ": a checkpoint of an earlier tsd, without the rows of metrics.csv");
  Schema schema;
  config.configuration->describe(schema);
  fork.parent.directory = fs::weakly_canonical(fs::absolute(from.run)).string();
  fork.parent.checkpoint = from.checkpoint;
  fork.parent.checkpoint_sha256 = digested({{"", fs::absolute(file).string(), ""}})[0].sha256;
  fork.parent.step = fork.checkpoint.step;
  fork.parent.changed = changes(from, status, config, inputs, schema);
  fork.has_ended = status.state == RunState::done;
  fork.total = status.total;
  if (status.step == fork.checkpoint.step) fork.row = status.row;
  refuse_fixed(from, fork.parent.changed, schema);
  return fork;
}

void take_over(const Fork& fork, Experiment& experiment) {
  const std::int64_t step = fork.checkpoint.step, total = experiment.total_steps();
  if (step > total)
    throw ConfigError(fork.parent.directory + ": its state is after step " + std::to_string(step) +
                      ", and with these settings a run ends at step " + std::to_string(total) +
                      "; expected one that ends later");
  restore(experiment, fork.checkpoint, fork.parent.directory);
  std::vector<std::string> changed;
  for (const Parent::Change& change : fork.parent.changed) changed.push_back(change.key);
  experiment.take_over(changed);
  const bool only_its_length = !fork.has_ended && changed.size() == 1 && total != fork.total;
  if (!changed.empty() && !only_its_length && (step == total || experiment.finished()))
    throw ConfigError(
        text_of(fork.parent) +
        ": nothing comes after that state with these settings, so that they would change nothing; "
        "expected settings under which the run goes on, or no change");
}

void copy_weights(const Fork& fork, const std::string& family, Checkpoints& checkpoints) {
  const fs::path folder = RunDirectory{fork.parent.directory}.checkpoints();
  for (const std::string& name : weights_in(folder)) {
    const auto file = folder / (name + ".safetensors");
    auto weights = read_weights(file, family);
    const bool is_best = name == "best";
    if (weights.step <= fork.checkpoint.step)
      checkpoints.save_weights(name, weights.step, weights.score, std::move(weights.arrays));
    else if (is_best && fork.checkpoint.best_score)
      throw DataError(file.string() + ": the best weights are of step " + std::to_string(weights.step) +
                      ", after the state of step " + std::to_string(fork.checkpoint.step) +
                      ", and those of then are gone; go on from last");
  }
}

void refuse_other_parent(const std::string& run, const std::optional<Parent>& before,
                         const std::optional<ForkPoint>& from) {
  const fs::path asked = from ? fs::weakly_canonical(fs::absolute(from->run)) : "";
  const fs::path began = before ? before->directory : "";
  const bool there = began == asked || began.parent_path() == asked;  // or one of a sweep's
  const bool same = before && from && before->checkpoint == from->checkpoint && there;
  if (same || (!before && !from)) return;
  const std::string place = before ? before->directory + "@" + before->checkpoint : "";
  throw ConfigError(run + ": holds a run that began " +
                    (before ? "from " + place + "; expected --from " + place : "afresh; expected no --from") +
                    ", got " + (from ? "--from " + name_of(*from) : "none") + "; or give another --out");
}

std::string text_of(const Parent& parent) {
  std::string changed;
  for (const Parent::Change& change : parent.changed)
    changed += (changed.empty() ? "" : "; ") + text_of(change);
  return parent.directory + "@" + parent.checkpoint + ", step " + std::to_string(parent.step) +
         (changed.empty() ? "" : " (" + changed + ")");
}

}  // namespace tsd
