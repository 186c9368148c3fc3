// Activation functions phi and their slopes (microcircuit.md 3.11).
#pragma once
#include <algorithm>
#include <cmath>

namespace tsd::microcircuit {

enum class Activation { linear, relu, soft_relu, logistic, tanh, hard_sigmoid, hard_sigmoid_of_original };

inline double phi(Activation f, double x) {
  switch (f) {
    case Activation::linear:
      return x;
    case Activation::relu:
      return std::max(x, 0.0);
    case Activation::soft_relu:
      return std::log1p(std::exp(-std::abs(x))) + std::max(x, 0.0);
    case Activation::logistic:
      return 1 / (1 + std::exp(-x));
    case Activation::tanh:
      return std::tanh(x);
    case Activation::hard_sigmoid:
    case Activation::hard_sigmoid_of_original:
      return std::clamp(x / 6 + 0.5, 0.0, 1.0);
  }
  return x;
}

// Of hard_sigmoid the true slope, 1/6; the original has 1 (quirk Q9, `quirks: original`).
inline double slope(Activation f, double x) {
  switch (f) {
    case Activation::linear:
      return 1;
    case Activation::relu:
      return x > 0 ? 1 : 0;
    case Activation::soft_relu:
      return 1 / (1 + std::exp(-x));
    case Activation::logistic: {
      const double y = 1 / (1 + std::exp(-x));
      return y * (1 - y);
    }
    case Activation::tanh: {
      const double y = std::tanh(x);
      return 1 - y * y;
    }
    case Activation::hard_sigmoid:
      return x > -3 && x < 3 ? 1.0 / 6 : 0;
    case Activation::hard_sigmoid_of_original:
      return x > -3 && x < 3 ? 1 : 0;
  }
  return 1;
}

}  // namespace tsd::microcircuit
