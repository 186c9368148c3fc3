#include "families/nback/analysis/measures/push.hpp"

#include <algorithm>
#include <cmath>

#include "families/nback/analysis/measures/geometry.hpp"

namespace tsd::nback {

namespace {

double spread(const Dense& x, std::span<const double> direction) {
  double sum = 0, squares = 0;
  for (int i = 0; i < x.rows; ++i) {
    const double along = dot(x.span(i), direction);
    sum += along / x.rows;
    squares += along * along / x.rows;
  }
  return std::sqrt(std::max(0.0, squares - sum * sum));
}

// Unit rows in standardised coordinates as steps of one SD of the states, in raw coordinates.
Dense raw_steps(Dense rows, const Dense& standardised, const Standardizer& standardizer) {
  for (int c = 0; c < rows.rows; ++c) {
    const double sd = spread(standardised, rows.span(c));
    for (int k = 0; k < rows.columns; ++k) rows(c, k) *= sd * standardizer.sd[k];
  }
  return rows;
}

// Of unit length; 0 where they cancel, as the two normals of two values do.
Dense mean_direction(const Dense& units) {
  Dense sum(1, units.columns);
  for (int c = 0; c < units.rows; ++c)
    for (int k = 0; k < units.columns; ++k) sum(0, k) += units(c, k);
  return dot(sum.span(0), sum.span(0)) > 1e-12 ? unit_rows(sum) : Dense(1, units.columns);
}

// The mean state of each value less that of all others.
Dense steps_to_means(const Dense& states, std::span<const int> labels, const std::vector<int>& classes) {
  Dense steps(static_cast<int>(classes.size()), states.columns);
  for (int c = 0; c < steps.rows; ++c) {
    const auto own = static_cast<double>(std::count(labels.begin(), labels.end(), classes[c]));
    const double others = states.rows - own;
    for (int i = 0; i < states.rows; ++i) {
      const double weight = labels[i] == classes[c] ? 1 / own : -1 / others;
      for (int k = 0; k < states.columns; ++k) steps(c, k) += weight * states(i, k);
    }
  }
  return steps;
}

}  // namespace

std::string name_of(Push push) {
  switch (push) {
    case Push::mean_normal:
      return "mean of the normals";
    case Push::own_normal:
      return "normal of the value on screen";
    case Push::own_mean:
      break;
  }
  return "mean of the value on screen";
}

Pushes::Pushes(const Dense& states, std::span<const int> labels) {
  const Standardizer standardizer(states);
  const Dense standardised = standardizer(states);
  Normals normals = l2_svc(states, labels);
  classes_ = normals.classes;
  mean_ = raw_steps(mean_direction(normals.weights), standardised, standardizer);
  normal_ = raw_steps(std::move(normals.weights), standardised, standardizer);
  to_mean_ = steps_to_means(states, labels, classes_);
}

std::span<const double> Pushes::step(Push push, int label) const {
  if (push == Push::mean_normal) return mean_.span(0);
  const auto at = std::lower_bound(classes_.begin(), classes_.end(), label);
  if (at == classes_.end() || *at != label) return {};
  return (push == Push::own_normal ? normal_ : to_mean_).span(static_cast<int>(at - classes_.begin()));
}

void Pushes::move(std::span<double> state, Push push, int label, double distance) const {
  const auto direction = step(push, label);
  for (std::size_t k = 0; k < direction.size(); ++k) state[k] += distance * direction[k];
}

double Pushes::length(Push push, int label, double distance) const {
  const auto direction = step(push, label);
  return std::abs(distance) * std::sqrt(dot(direction, direction));
}

}  // namespace tsd::nback
