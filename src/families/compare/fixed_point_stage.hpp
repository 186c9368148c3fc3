// The searches of all cells at all inputs, side by side.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "families/compare/fixed_points.hpp"
#include "families/compare/search.hpp"
#include "families/compare/stage.hpp"

namespace tsd::compare {

// One cell at one kind of input.
struct PointSearch {
  int model = 0;      // 0: the reference
  std::string input;  // zeros, mean, trials, vector_<k>
  const nn::CellParameters* cell = nullptr;
  nn::Dense<float> x_init, inputs;  // [n, D]; [1 or n, U]
  std::optional<Search<float>> search;
  std::vector<double> mean_q;  // after each kUpdatesAtOnce updates
  std::optional<FixedPoints> found;
};

class FixedPointStage final : public Stage {
 public:
  static constexpr std::int64_t kUpdatesAtOnce = 100;

  FixedPointStage(const FixedPointSettings& settings, const Reference& reference,
                  const std::vector<Model>& models, std::uint64_t seed, int threads);

  std::int64_t steps() const override;
  void step(std::int64_t i) override;
  Arrays state() const override;
  void restore(const Arrays& state, std::int64_t done) override;

  const std::vector<PointSearch>& searches() const { return searches_; }
  // Null: there is none.
  const PointSearch* of(int model, const std::string& input) const;
  const PointSearch* first_of(int model) const;

 private:
  std::int64_t chunks() const;
  void prepare(PointSearch& s) const;
  void advance();

  const FixedPointSettings& settings_;
  const Reference& reference_;
  const std::vector<Model>& models_;
  std::uint64_t seed_;
  int threads_;
  std::int64_t updates_ = 0;
  std::vector<PointSearch> searches_;
};

}  // namespace tsd::compare
