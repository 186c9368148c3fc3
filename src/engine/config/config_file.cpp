#include <algorithm>
#include <optional>
#include <set>

#include "engine/config/loader.hpp"
#include "engine/config/look_back.hpp"
#include "engine/config/own_seeds.hpp"
#include "engine/config/paths.hpp"
#include "engine/config/report.hpp"
#include "engine/config/sweep.hpp"
#include "engine/config/text.hpp"
#include "engine/config/whole.hpp"
#include "engine/schema/emit.hpp"
#include "engine/schema/reader.hpp"
#include "engine/yaml/document.hpp"
#include "tsd/engine/config/config.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/hash.hpp"

namespace tsd {

using namespace config;

struct ConfigFile::Impl {
  std::string path;  // as given
  std::string name;
  const Family* family = nullptr;
  Node tree;  // extends merged, without sweep
  std::optional<Sweep> sweep;

  std::string no_such_index(std::optional<std::int64_t> index) const;
};

namespace {

const Family& find_family(const Node& tree, std::span<const Family> families, Report& report) {
  std::vector<std::string> names;
  for (const Family& family : families) names.push_back(family.name);
  const std::string expected = "one of " + joined(names, ", ");
  const Entry* entry = tree.find("family");
  if (!entry) {
    const std::string got = tree.find("space") ? "a search, which scripts/tune runs" : "nothing";
    report.add(tree.place, "family", problem_text("required key is missing", expected, got));
  } else if (entry->value.kind == Node::Kind::scalar) {
    for (const Family& family : families)
      if (family.name == entry->value.text) return family;
    const std::string meant = nearest(entry->value.text, names);
    report.add(entry->value.place, "family",
               problem_text("unknown family", expected, shown(entry->value),
                            meant.empty() ? "" : "did you mean " + meant + "?"));
  } else {
    report.add(entry->value.place, "family", problem_text("wrong type", expected, shown(entry->value)));
  }
  report.raise_if_any();
  throw std::logic_error("find_family");  // not reached: there is a problem
}

// What a run is called. Names that many files have say nothing without their folder, and a number (of a
// sweep) nothing without the folder around it: nback_smoke, seeds_3_config.
std::string name_of(const std::filesystem::path& path) {
  std::string name = path.stem().string();
  for (const std::string same : {"smoke", "params", "parameters", "config"}) {
    if (name != same) continue;
    for (auto folder = std::filesystem::absolute(path).lexically_normal().parent_path();
         folder.has_filename(); folder = folder.parent_path()) {
      name = folder.filename().string() + "_" + name;
      if (folder.filename().string().find_first_not_of("0123456789") != std::string::npos) break;
    }
    break;
  }
  return name;
}

// Out of a file of the original program.
void leave_labels(Node& tree, const Family& family) {
  std::vector<std::string> left;
  std::erase_if(tree.entries, [&](const Entry& entry) {
    if (std::ranges::count(family.labels, entry.key) == 0) return false;
    left.push_back(entry.key);
    return true;
  });
  log_unread(tree.place.source->name, left);
}

// Merges the family of a file that names none, and what such a file leaves unsaid: `implied`, or the one
// family that recognises the file. A file that names its family may leave other things unsaid.
void infer_family(Node& tree, std::span<const Family> families, const Family* implied) {
  const Settings given = flattened(tree);
  std::vector<std::pair<const Family*, Settings>> found;
  for (const Family& family : families) {
    if (!family.recognise || (implied && implied->name != family.name)) continue;
    if (given.contains("family") && given.at("family") != family.name) continue;
    if (auto unsaid = family.recognise(given)) found.emplace_back(&family, std::move(*unsaid));
  }
  if (found.empty() && implied) found.emplace_back(implied, Settings());
  if (found.size() != 1) return;
  auto& [family, unsaid] = found.front();
  if (!given.contains("family")) leave_labels(tree, *family);
  unsaid.emplace("family", family->name);
  for (const auto& [key, text] : unsaid) {
    if (given.contains(key)) continue;
    Node value;
    value.kind = Node::Kind::scalar;
    value.text = text;
    value.place = tree.place;
    merge(tree, nested(key, tree.place, std::move(value)));
  }
}

// The place of a key, or of the nearest mapping above it that the config gives.
Place place_of(const Places& places, std::string key_path) {
  while (!places.contains(key_path)) {
    const std::size_t dot = key_path.rfind('.');
    key_path.resize(dot == std::string::npos ? 0 : dot);
  }
  return places.at(key_path);
}

void check_across_fields(const Whole& whole, const Places& places, Report& report) {
  Problems problems;
  whole.check(problems);
  for (const Problems::Problem& problem : problems.all())
    report.add(place_of(places, problem.key), problem.key,
               problem_text(problem.what, problem.expected, problem.got));
}

// "seed=1" for "seed:1".
std::string meant_override(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string::npos || text.find('=') < colon) return "";
  const std::size_t value = text.find_first_not_of(' ', colon + 1);
  return "did you mean " + shortened(text.substr(0, colon)) + "=" +
         (value == std::string::npos ? "" : shortened(text.substr(value))) + "?";
}

void apply_override(const Schema& schema, Node& tree, const std::string& text, int order,
                    const std::optional<Sweep>& sweep, Report& report) {
  const auto source = std::make_shared<Source>(
      Source{"command line: " + shortened(text), {}, order, false, kCommandLineRank});
  const Place place{source, 0, 0};
  const std::size_t equals = text.find('=');
  const std::string key = canonical_key(schema, text.substr(0, equals));
  if (equals == std::string::npos || key.empty() || key.starts_with('.') || key.ends_with('.') ||
      key.find("..") != std::string::npos)
    return report.add(
        place, "", problem_text("not an override", "key.path=value", shortened(text), meant_override(text)));
  for (const std::string fixed : {"family", "extends", "sweep"})
    if (key == fixed || key.starts_with(fixed + "."))
      return report.add(place, key,
                        "cannot be set on the command line; change the config or write one that extends it");
  if (sweep && sweep->sweeps(key))
    return report.add(place, key, "is set by the sweep; expected a key that the sweep leaves alone");
  if (const auto value = parse_document(std::string_view(text).substr(equals + 1), source, report)) {
    Node given = nested(key, place, *value);
    rename_former(schema, given, "", report);
    merge(tree, given);
  }
}

// Overrides come after every file.
constexpr int kFirstOverride = 1 << 20;

}  // namespace

std::string ConfigFile::Impl::no_such_index(std::optional<std::int64_t> index) const {
  const std::string got = index ? std::to_string(*index) : "none";
  if (!sweep) return path + ": the config has no sweep; expected no index, got " + got;
  const std::int64_t first = sweep->first_index();
  return path + ": " + (index ? "no such index in the sweep" : "the config is a sweep") +
         "; expected an index from " + std::to_string(first) + " to " +
         std::to_string(first + sweep->size() - 1) + ", got " + got;
}

ConfigFile::ConfigFile(const std::filesystem::path& path, std::span<const Family> families,
                       const Family* implied)
    : impl_(std::make_unique<Impl>()) {
  impl_->path = path.string();
  impl_->name = name_of(path);
  Report report;
  std::optional<Node> tree = load(path, report);
  if (!tree) report.raise_if_any();
  impl_->tree = std::move(*tree);
  infer_family(impl_->tree, families, implied);
  impl_->family = &find_family(impl_->tree, families, report);
  rename_former(Whole(*impl_->family).schema, impl_->tree, "", report);
  if (const Entry* sweep = impl_->tree.find("sweep")) {
    if (sweep->value.kind != Node::Kind::null) impl_->sweep.emplace(sweep->value, *impl_->family, report);
    impl_->tree.remove("sweep");
  }
  if (report.empty()) return;
  Whole whole(*impl_->family);  // so that all problems of the file are told at once
  read_mapping(whole.schema, impl_->tree, Missing::ignored, report);
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
    for (std::int64_t i = 0; i < impl_->sweep->size(); ++i) all.push_back(impl_->sweep->first_index() + i);
  return all;
}

std::map<std::string, std::string> ConfigFile::settings(std::int64_t index) const {
  if (!impl_->sweep || !impl_->sweep->has(index)) throw UsageError(impl_->no_such_index(index));
  return impl_->sweep->texts(index);
}

std::optional<std::int64_t> ConfigFile::index_of(const std::map<std::string, std::string>& settings) const {
  if (!impl_->sweep) return std::nullopt;
  const auto source = std::make_shared<Source>(Source{"settings", {}, 0, false, 0});
  std::map<std::string, std::string> canonical;
  Report report;
  SettingReader reader(*impl_->family, report);
  for (const auto& [given, text] : settings) {
    const auto node = parse_document(text, source, report);
    if (!node) continue;
    const Entry entry{given, Place{source, 0, 0}, *node};
    if (const auto value = reader.value(entry, *node)) canonical.emplace(value->key, value->text);
  }
  report.raise_if_any();
  return impl_->sweep->find(canonical);
}

RunConfig ConfigFile::resolve(std::optional<std::int64_t> index, const std::vector<std::string>& overrides,
                              const LookBack* back) const {
  if (impl_->sweep ? !index || !impl_->sweep->has(*index) : index.has_value())
    throw UsageError(impl_->no_such_index(index));
  Report report;
  Node tree = impl_->tree;
  std::set<std::string> swept;
  if (index)
    for (const auto& value : impl_->sweep->at(*index)) {
      merge(tree, nested(value->key, value->node.place, value->node));
      swept.insert(value->key);
    }
  Whole whole(*impl_->family);
  for (std::size_t i = 0; i < overrides.size(); ++i)
    apply_override(whole.schema, tree, overrides[i], kFirstOverride + static_cast<int>(i), impl_->sweep,
                   report);
  std::vector<Field*> left_out;
  if (back) left_out = leave_out(whole.schema, *back, overrides);
  const Places places = read_mapping(whole.schema, tree, Missing::reported, report);
  if (back) {
    refuse_unread(whole.schema, *back, places, report);
    forget_device(whole, places);
  }
  const Layers layers(places, swept);
  std::set<std::string> redrawn;
  if (report.empty()) redrawn = draw_own_seeds(whole, layers, report);
  if (report.empty()) check_across_fields(whole, places, report);
  report.raise_if_any();

  const auto origin = [&](const std::string& key) -> std::string {
    if (redrawn.contains(key)) return "drawn from seed";
    if (swept.contains(key)) return "sweep index " + std::to_string(*index);
    const auto found = places.find(key);
    if (found == places.end()) return "default";
    const Place& place = found->second;
    return place.source->is_file ? place.source->name + ":" + std::to_string(place.line) : "command line";
  };
  RunConfig result;
  result.name = impl_->name;
  result.family = impl_->family;
  result.index = index;
  if (index) result.swept = impl_->sweep->texts(*index);
  result.seed = whole.seed;
  result.run = whole.run;
  if (!whole.configuration->cpu_alone().empty()) result.run.device = "cpu";
  result.configuration = whole.configuration;
  complete_paths(whole.schema);
  result.inputs = inputs_of(whole.schema);
  result.yaml = to_yaml(whole.schema);
  result.yaml_with_origins = to_yaml_with_origins(whole.schema, origin);
  result.sha256 = sha256(identity_text(whole.schema));
  result.overrides = overrides;
  if (back) replace_left_out(left_out, *back);
  return result;
}

}  // namespace tsd
