#include <algorithm>
#include <set>

#include "engine/config/document.hpp"
#include "engine/config/emit.hpp"
#include "engine/config/loader.hpp"
#include "engine/config/reader.hpp"
#include "engine/config/report.hpp"
#include "engine/config/sweep.hpp"
#include "engine/config/text.hpp"
#include "engine/config/whole.hpp"
#include "tsd/engine/config.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"

namespace tsd {

using namespace config;

namespace {

constexpr int kCommandLine = 1'000'000;  // its problems are told after those of the files

const Family* find_family(const Node& root, std::span<const Family> families, Report& report) {
  std::vector<std::string> names;
  for (const Family& family : families) names.push_back(family.name);
  const Entry* entry = root.find("family");
  if (!entry) {
    report.add(root.place, "family", problem_text("required key is missing", "one of " + joined(names, ", "), "nothing"));
    return nullptr;
  }
  for (const Family& family : families)
    if (entry->value.kind == Node::Kind::scalar && entry->value.text == family.name) return &family;
  const std::string meant = nearest(entry->value.text, names);
  report.add(entry->value.place, "family",
             problem_text("unknown family", "one of " + joined(names, ", "), shown(entry->value), meant.empty() ? "" : "did you mean " + meant + "?"));
  return nullptr;
}

// The place of a key, or of the nearest group above it that the config has.
Place place_of(const Places& places, std::string key) {
  for (;;) {
    if (const auto found = places.find(key); found != places.end()) return found->second;
    const auto dot = key.rfind('.');
    key = dot == std::string::npos ? "" : key.substr(0, dot);
  }
}

// key.path=value as a tree; nothing and a problem where it is not of that form.
std::optional<Node> override_tree(const std::string& text, int number, const std::set<std::string>& swept, Report& report) {
  const auto source = std::make_shared<Source>(Source{"command line: " + text, ".", kCommandLine + number, false});
  const Place place{source, 0, 0};
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    report.add(place, "", problem_text("not a setting", "key.path=value", shortened(text)));
    return std::nullopt;
  }
  const std::string key = text.substr(0, equals);
  if (swept.contains(key)) {
    report.add(place, key, "is set by the sweep; expected a key the sweep leaves alone, or another index");
    return std::nullopt;
  }
  if (key == "extends" || key == "sweep" || key == "family") {
    report.add(place, key, "belongs in the file; it cannot be given on the command line");
    return std::nullopt;
  }
  auto value = parse_document(text.substr(equals + 1), source, report);
  if (!value) return std::nullopt;
  const auto flatten = [&](auto&& self, Node& node) -> void {  // places within the value say nothing to the user
    node.place = place;
    for (Node& item : node.items) self(self, item);
    for (Entry& entry : node.entries) entry.place = place, self(self, entry.value);
  };
  flatten(flatten, *value);
  return nested(key, place, std::move(*value));
}

void check_across(const Configuration& configuration, const Places& places, Report& report) {
  Problems problems;
  configuration.check(problems);
  for (const auto& problem : problems.all())
    report.add(place_of(places, problem.key), problem.key, problem_text(problem.what, problem.expected, problem.got));
}

// What determines the numbers: not the `run` group, not the description.
std::string digest(Whole& whole) {
  const std::string description = std::exchange(whole.description, "");
  const std::string text = emit(whole.schema);
  whole.description = description;
  return sha256(std::string_view(text).substr(0, text.rfind("\nrun:\n") + 1));
}

}  // namespace

void describe(Schema& s, RunOptions& o) {
  s.field("device", o.device, "auto, cpu or cuda[:k]; auto: the first CUDA device, else the CPU");
  s.field("threads", o.threads, "threads of all jobs together; 0: all processors").range(0, 4096).unit("threads");
  s.field("checkpoint_every", o.checkpoint_every, "longest time between checkpoints").above(0).unit("s");
  s.field("tensorboard", o.tensorboard, "also write metrics as a TensorBoard event file");
}

struct ConfigFile::Impl {
  std::string name;
  const Family* family = nullptr;
  Node root;  // without extends and sweep
  std::optional<Sweep> sweep;

  std::size_t offset(std::int64_t index) const {
    const std::int64_t last = sweep->first_index + static_cast<std::int64_t>(sweep->settings.size()) - 1;
    if (index < sweep->first_index || index > last)
      throw UsageError("index " + std::to_string(index) + " is not in the sweep of " + name + "; expected " +
                       std::to_string(sweep->first_index) + " to " + std::to_string(last));
    return static_cast<std::size_t>(index - sweep->first_index);
  }
};

ConfigFile::ConfigFile(const std::filesystem::path& path, std::span<const Family> families) : impl_(std::make_unique<Impl>()) {
  impl_->name = path.stem().string();
  Report report;
  auto root = load(path, report);
  if (!root) report.raise_if_any();
  impl_->root = std::move(*root);
  impl_->family = find_family(impl_->root, families, report);
  if (!impl_->family) report.raise_if_any();
  if (const Entry* entry = impl_->root.find("sweep")) {
    impl_->sweep = read_sweep(entry->value, *impl_->family, report);
    impl_->root.remove("sweep");
  }
  Whole whole(*impl_->family);
  read_mapping(whole.schema, impl_->root, Missing::ignored, report);
  report.raise_if_any();
}

ConfigFile::~ConfigFile() = default;
ConfigFile::ConfigFile(ConfigFile&&) noexcept = default;

const std::string& ConfigFile::name() const { return impl_->name; }
const Family& ConfigFile::family() const { return *impl_->family; }
bool ConfigFile::is_sweep() const { return impl_->sweep.has_value(); }

std::vector<std::int64_t> ConfigFile::indices() const {
  std::vector<std::int64_t> all;
  if (impl_->sweep)
    for (std::size_t i = 0; i < impl_->sweep->settings.size(); ++i) all.push_back(impl_->sweep->first_index + static_cast<std::int64_t>(i));
  return all;
}

std::map<std::string, std::string> ConfigFile::settings(std::int64_t index) const { return impl_->sweep->texts[impl_->offset(index)]; }

std::optional<std::int64_t> ConfigFile::index_of(const std::map<std::string, std::string>& settings) const {
  if (!impl_->sweep) return std::nullopt;
  const auto& texts = impl_->sweep->texts;
  const auto found = std::find(texts.begin(), texts.end(), settings);
  if (found == texts.end()) return std::nullopt;
  return impl_->sweep->first_index + (found - texts.begin());
}

RunConfig ConfigFile::resolve(std::optional<std::int64_t> index, const std::vector<std::string>& overrides) const {
  if (index && !impl_->sweep) throw UsageError("index " + std::to_string(*index) + ": " + impl_->name + " has no sweep");
  Report report;
  Node tree = impl_->root;
  std::set<std::string> swept;
  if (index)
    for (const auto& [key, value] : impl_->sweep->settings[impl_->offset(*index)]) {
      merge(tree, nested(key, value.place, value));
      swept.insert(key);
    }
  for (std::size_t i = 0; i < overrides.size(); ++i)
    if (const auto extra = override_tree(overrides[i], static_cast<int>(i), swept, report)) merge(tree, *extra);

  auto whole = std::make_shared<Whole>(*impl_->family);
  const Places places = read_mapping(whole->schema, tree, Missing::reported, report);
  if (report.empty()) check_across(*whole->configuration, places, report);
  report.raise_if_any();

  const auto origin = [&](const std::string& key) -> std::string {
    if (swept.contains(key)) return "sweep index " + std::to_string(*index);
    const auto found = places.find(key);
    if (found == places.end()) return "default";
    const Place& place = found->second;
    return place.source->is_file ? place.source->name + ":" + std::to_string(place.line) : "command line";
  };
  RunConfig config;
  config.name = impl_->name;
  config.family = impl_->family;
  config.index = index;
  config.seed = whole->seed;
  config.run = whole->run;
  config.configuration = {whole, whole->configuration.get()};  // keeps what the schema points to
  config.yaml = emit(whole->schema);
  config.yaml_with_origins = emit(whole->schema, origin);
  config.sha256 = digest(*whole);
  config.overrides = overrides;
  return config;
}

}  // namespace tsd
