#include "io/axes.hpp"

#include <algorithm>
#include <optional>

namespace tsd {
namespace {

std::vector<std::string> split(const std::string& dims) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at <= dims.size();) {
    const auto comma = std::min(dims.find(',', at), dims.size());
    if (comma > at) names.push_back(dims.substr(at, comma - at));
    at = comma + 1;
  }
  return names;
}

std::string group_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}  // "" of what is at the root

// The values of an axis are in a dataset of its name.
bool is_coordinate(const NamedAxes& dataset) {
  return dataset.axes.size() == 1 && leaf_of(dataset.path) == dataset.axes[0];
}

bool labels(const std::string& name, const std::string& axis) {
  if (name == axis + "s" || name == axis + "_names") return true;
  return axis.ends_with("y") && name == axis.substr(0, axis.size() - 1) + "ies";
}

struct Use {
  const NamedAxes* dataset;
  std::size_t axis;

  const std::string& name() const { return dataset->axes[axis]; }
  std::int64_t length() const { return dataset->shape[axis]; }
};

class Planner {
 public:
  explicit Planner(const std::set<std::string>& taken) : taken_(taken) {}

  AxesPlan plan(const std::vector<NamedAxes>& datasets) {
    std::vector<Use> uses;
    for (const auto& dataset : datasets) {
      note_label(dataset);
      if (is_coordinate(dataset)) {
        plan_.coordinates.push_back(dataset.path);
        lengths_[dataset.path] = dataset.shape[0];
      } else {
        for (std::size_t axis = 0; axis < dataset.axes.size(); ++axis) uses.push_back({&dataset, axis});
      }
    }
    for (const Use& use : uses)
      if (const auto found = nearest(group_of(use.dataset->path), use.name());
          !found || lengths_[*found] != use.length())
        asked_[use.name()].insert(use.length());
    const auto depth = [](const Use& use) { return std::ranges::count(use.dataset->path, '/'); };
    std::ranges::stable_sort(uses, {}, depth);  // what is made above is seen from below
    for (const Use& use : uses)
      plan_.scales[use.dataset->path].push_back(scale(group_of(use.dataset->path), use.name(), use.length()));
    return std::move(plan_);
  }

 private:
  void note_label(const NamedAxes& dataset) {
    if (dataset.axes.size() == 1 && labels(leaf_of(dataset.path), dataset.axes[0]))
      plan_.labels[group_of(dataset.path)].push_back(leaf_of(dataset.path));
  }

  // The scale that a reader finds by this name from the group.
  std::optional<std::string> nearest(std::string group, const std::string& name) const {
    for (;; group = group_of(group)) {
      if (lengths_.contains(group + "/" + name)) return group + "/" + name;
      if (group.empty()) return std::nullopt;
    }
  }

  bool is_free(const std::string& path) const { return !taken_.contains(path) && !lengths_.contains(path); }

  std::string scale(const std::string& group, const std::string& name, std::int64_t length) {
    const auto found = nearest(group, name);
    if (found && lengths_[*found] == length) return *found;
    if (!found && asked_[name].size() <= 1 && is_free("/" + name)) return make("/" + name, length);
    if (is_free(group + "/" + name)) return make(group + "/" + name, length);
    return scale(group, name + " " + std::to_string(length), length);
  }

  std::string make(const std::string& path, std::int64_t length) {
    plan_.made.push_back({path, length});
    lengths_[path] = length;
    return path;
  }

  const std::set<std::string>& taken_;
  std::map<std::string, std::int64_t> lengths_;          // of every scale so far
  std::map<std::string, std::set<std::int64_t>> asked_;  // name -> lengths that no dataset's values stand for
  AxesPlan plan_;
};

}  // namespace

std::string leaf_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

NamedAxes named_axes(const std::string& path, const std::string& dims, const Shape& shape) {
  std::vector<std::string> names = split(dims);
  if (names.size() != shape.size() || dims == "...") names.assign(shape.size(), "size #");
  std::map<std::string, int> seen;
  for (std::size_t axis = 0; axis < names.size(); ++axis) {
    std::string& name = names[axis];
    if (name.ends_with("#")) name = name.substr(0, name.size() - 1) + std::to_string(shape[axis]);
    if (const int times = ++seen[name]; times > 1) name += " (" + std::to_string(times) + ")";
  }
  return {path, names, shape};
}

AxesPlan plan_axes(const std::vector<NamedAxes>& datasets, const std::set<std::string>& taken) {
  return Planner(taken).plan(datasets);
}

}  // namespace tsd
