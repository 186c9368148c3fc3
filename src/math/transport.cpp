// Optimal transport by successive shortest paths with potentials (Ahuja, Magnanti & Orlin 1993, ch. 9): every
// point of the first set has n_to units of mass, every one of the second n_from; a path carries as much as it
// can.
#include "tsd/math/transport.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tsd::math {
namespace {

class Transport {
 public:
  Transport(const std::vector<std::complex<double>>& from, const std::vector<std::complex<double>>& to)
      : n_(from.size()),
        m_(to.size()),
        cost_(n_ * m_),
        flow_(n_ * m_),
        left_(n_, static_cast<std::int64_t>(m_)),
        room_(m_, static_cast<std::int64_t>(n_)),
        potential_(n_ + m_) {
    for (std::size_t i = 0; i < n_; ++i)
      for (std::size_t j = 0; j < m_; ++j) cost_[i * m_ + j] = std::norm(from[i] - to[j]);
  }

  double solve() {
    for (std::size_t i = 0; i < n_; ++i)
      while (left_[i] > 0) augment(i);
    double sum = 0;
    for (std::size_t k = 0; k < cost_.size(); ++k) sum += cost_[k] * static_cast<double>(flow_[k]);
    return sum / static_cast<double>(n_ * m_);
  }

 private:
  static constexpr double kFar = std::numeric_limits<double>::infinity();

  // Sources are nodes 0 .. n - 1, sinks n .. n + m - 1.
  double reduced(std::size_t i, std::size_t j) const {
    return std::max(0.0, cost_[i * m_ + j] + potential_[i] - potential_[n_ + j]);
  }

  void augment(std::size_t source) {
    std::vector<double> distance(n_ + m_, kFar);
    std::vector<std::size_t> before(n_ + m_, source);
    std::vector<bool> done(n_ + m_);
    distance[source] = 0;
    std::size_t sink = n_ + m_;
    while (sink == n_ + m_) {
      std::size_t node = n_ + m_;
      for (std::size_t k = 0; k < n_ + m_; ++k)
        if (!done[k] && (node == n_ + m_ || distance[k] < distance[node])) node = k;
      done[node] = true;
      const auto reach = [&](std::size_t next, double length) {
        if (distance[node] + length < distance[next])
          distance[next] = distance[node] + length, before[next] = node;
      };
      if (node < n_) {
        for (std::size_t j = 0; j < m_; ++j) reach(n_ + j, reduced(node, j));
      } else if (room_[node - n_] > 0) {
        sink = node;
      } else {
        for (std::size_t i = 0; i < n_; ++i)
          if (flow_[i * m_ + node - n_] > 0) reach(i, 0);
      }
    }
    for (std::size_t k = 0; k < n_ + m_; ++k) potential_[k] += std::min(distance[k], distance[sink]);
    push(source, sink, before);
  }

  void push(std::size_t source, std::size_t sink, const std::vector<std::size_t>& before) {
    std::int64_t amount = std::min(left_[source], room_[sink - n_]);
    for (std::size_t k = sink; k != source; k = before[k])
      if (k < n_) amount = std::min(amount, flow_[k * m_ + before[k] - n_]);
    for (std::size_t k = sink; k != source; k = before[k])
      if (k < n_)
        flow_[k * m_ + before[k] - n_] -= amount;
      else
        flow_[before[k] * m_ + k - n_] += amount;
    left_[source] -= amount;
    room_[sink - n_] -= amount;
  }

  std::size_t n_, m_;
  std::vector<double> cost_;
  std::vector<std::int64_t> flow_, left_, room_;
  std::vector<double> potential_;
};

}  // namespace

double transport_cost(const std::vector<std::complex<double>>& from,
                      const std::vector<std::complex<double>>& to) {
  return Transport(from, to).solve();
}

}  // namespace tsd::math
