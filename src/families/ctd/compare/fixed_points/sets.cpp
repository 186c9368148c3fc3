#include "families/ctd/compare/fixed_points/sets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <queue>

namespace tsd::compare {

using math::DenseD, math::Form;
using Kind = PointSet::Kind;

namespace {

constexpr double kSpacing = 0.4;        // of nodes, as a part of join_within
constexpr double kJoined = 1.0 / 8;     // of the extent, where join_within is not given
constexpr std::size_t kLeastNodes = 5;  // of lines and rings
constexpr double kAstray = 0.05;  // part of a line's or ring's points that may lie farther from its path
constexpr double kInfinite = std::numeric_limits<double>::infinity();

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

double distance(const DenseD& x, std::int64_t i, std::int64_t k) {
  double sum = 0;
  for (int j = 0; j < x.columns; ++j) sum += std::pow(x(int(i), j) - x(int(k), j), 2);
  return std::sqrt(sum);
}

// Twice the median distance from the mean: of a circle its diameter.
double extent(const DenseD& x, const std::vector<std::int64_t>& points) {
  std::vector<double> mean(at(x.columns)), far;
  for (const std::int64_t i : points)
    for (int j = 0; j < x.columns; ++j) mean[at(j)] += x(int(i), j) / double(points.size());
  for (const std::int64_t i : points) {
    double sum = 0;
    for (int j = 0; j < x.columns; ++j) sum += std::pow(x(int(i), j) - mean[at(j)], 2);
    far.push_back(std::sqrt(sum));
  }
  std::ranges::nth_element(far, far.begin() + std::ptrdiff_t(far.size() / 2));
  return 2 * far[far.size() / 2];
}

class Net {
 public:
  Net(const DenseD& x, const std::vector<std::int64_t>& points, double join) : x_(x), join_(join) {
    thin(points);
    connect();
  }

  struct Path {
    std::vector<int> nodes;
    double length = kInfinite;
  };

  double join() const { return join_; }
  const std::vector<std::int64_t>& nodes() const { return nodes_; }
  int node_of(std::size_t point) const { return nearest_[point]; }

  std::vector<std::vector<int>> components() const {
    std::vector<std::vector<int>> all;
    std::vector<bool> seen(nodes_.size());
    for (int first = 0; first < int(nodes_.size()); ++first) {
      if (seen[at(first)]) continue;
      std::vector<int> one = {first};
      seen[at(first)] = true;
      for (std::size_t k = 0; k < one.size(); ++k)
        for (const int other : links_[at(one[k])])
          if (!seen[at(other)]) seen[at(other)] = true, one.push_back(other);
      all.push_back(one);
    }
    return all;
  }

  double between(int a, int b) const { return distance(x_, nodes_[at(a)], nodes_[at(b)]); }

  // The longest of the shortest loops through each link.
  Path loop(const std::vector<int>& component) const {
    Path longest{{}, 0};
    for (const int a : component)
      for (const int b : links_[at(a)]) {
        if (b < a) continue;
        Path way = ways_from(a, a, b).to(b);
        way.length += between(a, b);
        if (std::isfinite(way.length) && way.length > longest.length) longest = way;
      }
    return longest;
  }

  // From end to end: the farthest node from the farthest one.
  Path line(const std::vector<int>& component) const {
    const int end = ways_from(component[0]).farthest(component);
    const Ways ways = ways_from(end);
    return ways.to(ways.farthest(component));
  }

  bool is_near(int node, const Path& path) const {
    return std::ranges::any_of(path.nodes, [&](int other) { return between(node, other) <= join_; });
  }

 private:
  // Shortest ways from one node to all.
  struct Ways {
    std::vector<double> length;
    std::vector<int> before;

    Path to(int node) const {
      Path path{{}, length[at(node)]};
      for (int k = node; k >= 0; k = before[at(k)]) path.nodes.push_back(k);
      return path;
    }
    int farthest(const std::vector<int>& of) const {
      return *std::ranges::max_element(of, {}, [&](int node) { return length[at(node)]; });
    }
  };

  // From the slowest point on always the one that is farthest from all nodes.
  void thin(const std::vector<std::int64_t>& points) {
    std::vector<double> far(points.size(), kInfinite);
    nearest_.assign(points.size(), 0);
    for (std::size_t next = 0; far[next] > kSpacing * join_;
         next = at(std::ranges::max_element(far) - far.begin())) {
      for (std::size_t k = 0; k < points.size(); ++k) {
        const double d = distance(x_, points[next], points[k]);
        if (d < far[k]) far[k] = d, nearest_[k] = int(nodes_.size());
      }
      nodes_.push_back(points[next]);
    }
  }

  void connect() {
    const int n = int(nodes_.size());
    links_.resize(nodes_.size());
    DenseD apart(n, n);
    for (int a = 0; a < n; ++a)
      for (int b = 0; b < a; ++b) apart(a, b) = apart(b, a) = between(a, b);
    for (int a = 0; a < n; ++a)
      for (int b = 0; b < a; ++b) {
        bool linked = apart(a, b) <= join_;
        for (int c = 0; linked && c < n; ++c)
          linked = c == a || c == b || std::max(apart(a, c), apart(b, c)) >= apart(a, b);
        if (linked) links_[at(a)].push_back(b), links_[at(b)].push_back(a);
      }
  }

  // Without the link from a to b.
  Ways ways_from(int from, int a = -1, int b = -1) const {
    Ways ways{std::vector<double>(nodes_.size(), kInfinite), std::vector<int>(nodes_.size(), -1)};
    using Reached = std::pair<double, int>;
    std::priority_queue<Reached, std::vector<Reached>, std::greater<>> open;
    ways.length[at(from)] = 0;
    open.emplace(0, from);
    while (!open.empty()) {
      const auto [length, node] = open.top();
      open.pop();
      if (length > ways.length[at(node)]) continue;
      for (const int other : links_[at(node)]) {
        if ((node == a && other == b) || (node == b && other == a)) continue;
        const double longer = length + between(node, other);
        if (longer < ways.length[at(other)])
          ways.length[at(other)] = longer, ways.before[at(other)] = node, open.emplace(longer, other);
      }
    }
    return ways;
  }

  const DenseD& x_;
  double join_;
  std::vector<std::int64_t> nodes_;
  std::vector<int> nearest_;             // node of each point
  std::vector<std::vector<int>> links_;  // of each node
};

void find_shape(const Net& net, const std::vector<int>& component,
                const std::vector<std::size_t>& points_of_node, PointSet& set) {
  Net::Path path{{component[0]}, 0};
  double across = 0;
  for (const int a : component)
    for (const int b : component) across = std::max(across, net.between(a, b));
  const bool wide = across > 2 * net.join();  // else a cloud
  if (wide && component.size() >= kLeastNodes) {
    path = net.loop(component);
    const bool closed = path.nodes.size() >= kLeastNodes && path.length >= 2 * across;
    if (!closed) path = net.line(component);
    set.kind = closed ? Kind::ring : Kind::line;
  }
  std::size_t all = 0, astray = 0;
  for (const int node : component) {
    all += points_of_node[at(node)];
    if (!net.is_near(node, path)) astray += points_of_node[at(node)];
  }
  if (set.kind != Kind::point && static_cast<double>(astray) > kAstray * static_cast<double>(all))
    set.kind = Kind::branched;
  set.length = path.length;
  for (const int node : path.nodes) set.path.push_back(net.nodes()[at(node)]);
}

// Of the parabola through three points, which need not be equally far apart.
void unit_tangent(const DenseD& x, std::int64_t before, std::int64_t here, std::int64_t after,
                  DenseD& tangent) {
  const double back = distance(x, before, here), on = distance(x, here, after);
  double sum = 0;
  for (int j = 0; j < x.columns; ++j) {
    tangent(0, j) =
        back * back * (x(int(after), j) - x(int(here), j)) + on * on * (x(int(here), j) - x(int(before), j));
    sum += tangent(0, j) * tangent(0, j);
  }
  for (double& value : tangent.values) value /= std::sqrt(sum);
}

// How the map behaves along the path and across it.
void look_along(const System& system, const FixedPoints& p, PointSet& set) {
  const auto dynamics = system.dynamics<double>();
  const std::size_t n = set.path.size(), first = set.kind == Kind::ring ? 0 : 1;
  const int D = p.x.columns;
  double along = 0, turned = 0, across = 0, count = 0;
  nn::StateMap<double>::Tape tape;
  for (std::size_t k = first; k + first < n; ++k, ++count) {
    const std::int64_t before = set.path[(k + n - 1) % n], here = set.path[k], after = set.path[(k + 1) % n];
    DenseD x(1, D), u(1, p.inputs.columns), next, tangent(1, D);
    unit_tangent(p.x, before, here, after, tangent);
    std::copy_n(p.x.row(int(here)), D, x.data());
    std::copy_n(p.inputs.row(int(here)), u.columns, u.data());
    dynamics->step(dynamics->project(u), x, next, tape);
    const DenseD moved = product(tangent, Form::plain, dynamics->jacobian(x, 0, tape), Form::transposed);
    double factor = 0, rest = 0, most = 0;
    for (int j = 0; j < D; ++j) factor += tangent(0, j) * moved(0, j);
    for (int j = 0; j < D; ++j) rest += std::pow(moved(0, j) - factor * tangent(0, j), 2);
    const auto values = std::span(p.eigenvalues).subspan(at(here) * at(D), at(D));
    const auto own =
        std::ranges::min_element(values, {}, [&](const auto& z) { return std::abs(z - factor); });
    for (auto z = values.begin(); z != values.end(); ++z)
      if (z != own) most = std::max(most, std::abs(*z));
    along += own->real(), turned += std::sqrt(rest), across += most;
  }
  set.along = along / count, set.turned = turned / count, set.across = across / count;
}

bool have_one_input(const FixedPoints& p) {
  for (int i = 1; i < p.inputs.rows; ++i)
    if (!std::equal(p.inputs.row(i), p.inputs.row(i) + p.inputs.columns, p.inputs.row(0))) return false;
  return true;
}

}  // namespace

std::string_view name_of(Kind kind) {
  constexpr std::string_view names[] = {"point", "line", "ring", "branched"};
  return names[static_cast<std::size_t>(kind)];
}

std::vector<PointSet> join_points(const System& system, const FixedPoints& p,
                                  const FixedPointSettings& settings) {
  std::vector<std::int64_t> points = p.kept();
  const auto slow = p.kept_slow();
  points.insert(points.end(), slow.begin(), slow.end());
  if (points.empty() || !have_one_input(p)) return {};
  std::ranges::stable_sort(points, {}, [&](std::int64_t i) { return p.q[at(i)]; });
  const double join = settings.join_within.value_or(kJoined * extent(p.x, points));
  const Net net(p.x, points, join);
  std::vector<PointSet> sets;
  std::vector<std::size_t> set_of(net.nodes().size()), points_of_node(net.nodes().size());
  for (std::size_t k = 0; k < points.size(); ++k) ++points_of_node[at(net.node_of(k))];
  for (const std::vector<int>& component : net.components()) {
    for (const int node : component) set_of[at(node)] = sets.size();
    find_shape(net, component, points_of_node, sets.emplace_back());
  }
  for (std::size_t k = 0; k < points.size(); ++k) {
    PointSet& set = sets[set_of[at(net.node_of(k))]];
    set.members.push_back(points[k]);
    set.speed = std::max(set.speed, std::sqrt(2 * p.q[at(points[k])]));
  }
  for (PointSet& set : sets)
    if (set.kind == Kind::line || set.kind == Kind::ring) look_along(system, p, set);
  return sets;
}

}  // namespace tsd::compare
