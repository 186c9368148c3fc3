#include "engine/config/loader.hpp"

#include <algorithm>
#include <map>

#include "engine/config/text.hpp"
#include "tsd/engine/user_path.hpp"
#include "tsd/error.hpp"

namespace tsd::config {
namespace {

namespace fs = std::filesystem;

class Loader {
 public:
  explicit Loader(Report& report) : report_(report) {}

  std::optional<Node> load(const fs::path& path) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (fs::is_fifo(status) || fs::is_socket(status))  // as of <(..) or /dev/stdin behind a pipe
      throw DataError(path.string() + ": expected a config file, got a pipe; write it to a file first");
    const fs::path identity = fs::weakly_canonical(path);
    if (const auto done = done_.find(identity); done != done_.end()) return done->second;
    const std::shared_ptr<Source> source = std::make_shared<Source>(
        Source{path.string(), path.parent_path(), static_cast<int>(done_.size() + chain_.size()), true});
    chain_.push_back({identity, path.string()});
    std::optional<Node> own = read_document(path, source, report_);
    if (own) own = with_parents(std::move(*own), path.parent_path());
    chain_.pop_back();
    source->rank = static_cast<int>(done_.size());  // after those it extends
    done_.emplace(identity, own);
    return own;
  }

 private:
  struct Link {
    fs::path identity;
    std::string name;
  };

  std::optional<Node> with_parents(Node own, const fs::path& folder) {
    const Entry* entry = own.find("extends");
    if (!entry) return own;
    const Node extends = entry->value;
    own.remove("extends");
    Node merged;
    merged.kind = Node::Kind::mapping;
    bool good = true;
    const bool is_list = extends.kind == Node::Kind::sequence;
    for (const Node& name : is_list ? extends.items : std::vector<Node>{extends}) {
      const std::optional<Node> parent = load_parent(name, folder);
      good &= parent.has_value();
      if (parent) merge_file(merged, *parent);
    }
    merge_file(merged, own);
    merged.place = own.place;
    return good ? std::optional<Node>(std::move(merged)) : std::nullopt;
  }

  static void merge_file(Node& lower, const Node& upper) {
    if (upper.find("sweep")) lower.remove("sweep");
    merge(lower, upper);
  }

  std::optional<Node> load_parent(const Node& name, const fs::path& folder) {
    if (name.kind != Node::Kind::scalar || name.text.empty()) {
      report_.add(name.place, "extends",
                  problem_text("wrong type", "a config file or a list of them", shown(name)));
      return std::nullopt;
    }
    fs::path path;
    try {
      path = (folder / expanded_path(name.text)).lexically_normal();
    } catch (const UsageError& error) {
      report_.add(name.place, "extends", problem_text("not a path", "a config", error.what()));
      return std::nullopt;
    }
    const fs::path identity = fs::weakly_canonical(path);
    if (std::any_of(chain_.begin(), chain_.end(),
                    [&](const Link& link) { return link.identity == identity; })) {
      std::vector<std::string> names;
      for (const Link& link : chain_) names.push_back(link.name);
      names.push_back(path.string());
      report_.add(name.place, "extends", problem_text("cycle", "a chain that ends", joined(names, " -> ")));
      return std::nullopt;
    }
    try {
      return load(path);
    } catch (const UserError&) {
      report_.add(name.place, "extends", problem_text("cannot read the file", "a config", path.string()));
      return std::nullopt;
    }
  }

  Report& report_;
  std::vector<Link> chain_;
  std::map<fs::path, std::optional<Node>> done_;
};

}  // namespace

std::optional<Node> load(const fs::path& path, Report& report) { return Loader(report).load(path); }

}  // namespace tsd::config
