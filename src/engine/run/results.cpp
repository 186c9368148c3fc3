#include "engine/run/results.hpp"

#include "tsd/engine/run/provenance.hpp"
#include "tsd/engine/run/run_directory.hpp"
#include "tsd/engine/utf8.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd {

namespace {

constexpr std::size_t kMostAncestors = 100000;

// One row for each.
void write_inputs(Hdf5Writer& results, const std::vector<Input>& inputs) {
  const auto column = [&](const char* name, std::string Input::*field, const char* description) {
    std::vector<std::string> texts;
    for (const Input& input : inputs) texts.push_back(input.*field);
    results.strings(std::string("/provenance/inputs/") + name, texts, {"file", "", description});
  };
  column("key", &Input::key, "key of the configuration that names the file or folder");
  column("path", &Input::path, "where it lay");
  column("sha256", &Input::sha256, "of its content");
}

// What the run began from, where that was another one.
void write_parent(Hdf5Writer& results, const Parent& parent) {
  const std::string group = "/provenance/parent/";
  results.text(group + "directory", parent.directory, {"", "", "run with whose state this one began"});
  results.text(group + "checkpoint", parent.checkpoint, {"", "", "which of its checkpoints"});
  results.text(group + "checkpoint_sha256", parent.checkpoint_sha256, {"", "", "of that file"});
  results.text(group + "config_sha256", parent.config_sha256, {"", "", "of its configuration"});
  results.dataset(group + "step", make_scalar(group, parent.step), {"", "1", "steps that it had done"});
  const auto column = [&](const char* name, std::string Parent::Change::*field, const char* description) {
    std::vector<std::string> texts;
    for (const auto& change : parent.changed) texts.push_back(change.*field);
    results.strings(group + "changed/" + name, texts, {"change", "", description});
  };
  column("key", &Parent::Change::key, "key with another value than there");
  column("before", &Parent::Change::before, "value there");
  column("now", &Parent::Change::now, "value of this run");
}

// Of a parent where it was, or in the folder that it may have been moved to together with the run.
std::optional<Status> status_of(const Parent& parent, const std::filesystem::path& folder) {
  const std::filesystem::path there = parent.directory;
  for (const auto& place : {there, folder / there.filename()})
    if (const auto status = read_status(RunDirectory{place}.status());
        status && status->config_sha256 == parent.config_sha256)
      return status;
  return std::nullopt;
}

// The run that this one began from, the one that that one began from, and so on as far as they are there.
std::vector<Parent> ancestors_of(const Parent& parent, const std::filesystem::path& folder) {
  std::vector<Parent> all = {parent};
  try {
    while (const auto status = status_of(all.back(), folder)) {
      if (!status->parent || status->parent->step > all.back().step || all.size() == kMostAncestors) break;
      all.push_back(*status->parent);
    }
  } catch (const std::exception&) {
    // What is before is not known: gone, of others, or damaged. This run has its results all the same.
  }
  return all;
}

// All settings that changed on the way, a row each.
void write_lineage(Hdf5Writer& results, const std::vector<Parent>& ancestors) {
  const std::string group = "/provenance/lineage/";
  std::vector<std::string> directories, keys, before, now;
  std::vector<std::int64_t> steps, of;
  for (const Parent& one : ancestors) {
    for (const auto& change : one.changed) {
      of.push_back(static_cast<std::int64_t>(steps.size()));
      keys.push_back(change.key);
      before.push_back(change.before);
      now.push_back(change.now);
    }
    directories.push_back(one.directory);
    steps.push_back(one.step);
  }
  const auto numbers = [&](const char* name, const std::vector<std::int64_t>& values, const char* axis,
                           const char* description) {
    results.dataset(group + name, make_array(group, values), {axis, "1", description});
  };
  results.strings(group + "directory", directories,
                  {"ancestor", "", "run that this one began from, the one before that, and so on"});
  numbers("step", steps, "ancestor", "steps that it had done");
  numbers("changed/ancestor", of, "change", "which of them the change came after");
  results.strings(group + "changed/key", keys, {"change", "", "key with another value from there on"});
  results.strings(group + "changed/before", before, {"change", "", "value there"});
  results.strings(group + "changed/now", now, {"change", "", "value from there on"});
}

// The same as text, a line each: key, path, digest.
std::string text_of(const std::vector<Input>& inputs) {
  std::string text;
  for (const Input& input : inputs) text += input.key + " " + input.path + " " + input.sha256 + "\n";
  return text;
}

}  // namespace

void write_results(const std::filesystem::path& file, const std::string& filetype, const RunConfig& config,
                   const ResultFacts& facts, const std::function<void(Hdf5Writer&)>& content) {
  Hdf5Writer results(file);
  results.attribute("/", "filetype", filetype);
  results.attribute("/", "format_version", std::int64_t{1});
  results.attribute("/", "tsd_version", build_info().version);
  results.attribute("/", "git_sha", build_info().git_sha);
  results.attribute("/", "created_utc", utc_now());
  results.attribute("/", "family", config.family->name);
  results.attribute("/", "config_name", as_utf8(config.name));
  results.attribute("/", "index", config.index.value_or(-1));  // -1: not of a sweep
  results.attribute("/", "seed", config.seed);
  results.attribute("/", "device", facts.device);
  results.attribute("/", "threads", std::int64_t{facts.threads});
  results.attribute("/", "processor", processor_features());
  results.attribute("/", "libtorch", facts.libtorch);
  results.attribute("/", "hdf5", hdf5_version());
  results.attribute("/", "host", host_name());
  results.attribute("/", "config_sha256", config.sha256);
  results.attribute("/", "status", std::string(name_of(RunState::done)));
  if (facts.flat) {
    results.attribute("/", "config_yaml", config.yaml);
    results.attribute("/", "inputs", text_of(facts.inputs));
  } else {
    results.text("/provenance/config_yaml", config.yaml, {"", "", "resolved configuration of the run"});
    write_inputs(results, facts.inputs);
    if (facts.parent) write_parent(results, *facts.parent);
    if (facts.parent) write_lineage(results, ancestors_of(*facts.parent, file.parent_path().parent_path()));
  }
  content(results);
  results.close();
}

}  // namespace tsd
