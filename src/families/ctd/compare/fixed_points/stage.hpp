// The searches of all cells at all inputs, side by side; searches that begin where others ended follow in
// further rounds.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "families/ctd/compare/fixed_points/finder.hpp"
#include "families/ctd/compare/fixed_points/fixed_points.hpp"
#include "families/ctd/compare/fixed_points/sets.hpp"
#include "families/ctd/compare/fixed_points/starts.hpp"
#include "families/ctd/compare/stage.hpp"

namespace tsd::compare {

// One cell at one kind of input.
struct PointSearch {
  // Latents; the reference's fixed points, brought here by an affine map; or another search's ends.
  enum class Start { latents, reference, ends };

  int model = 0;  // 0: the reference
  std::string input =
      {};  // zeros, mean, trials, phase, vector_<k>, between_<k>, <one of these>_from_reference or _coupled
  std::string like = {};  // the input without these
  Start start = Start::latents;
  std::string from = {};  // input of the search that it follows
  int round = 0;
  System system;
  math::Dense<float> x_init = {}, inputs = {};  // [n, D]; [1 or n, U]
  math::Dense<float> targets = {};              // [n, 2]; where a hand should be, in coupled searches
  std::unique_ptr<Finder> search = {};          // none where there is nothing to start from
  std::vector<double> mean_q = {};              // after each kUpdatesAtOnce updates
  std::optional<FixedPoints> found = {};
  std::vector<PointSet> sets = {};
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
  // Every search of a round is prepared, all advance together, then each is looked at.
  struct Place {
    enum class Kind { prepare, advance, look } kind;
    int round;
    std::size_t index;  // of the search, or of the updates
  };
  Place place_of(std::int64_t i) const;
  std::int64_t searches_of(int round) const;
  std::int64_t chunks() const;

  void add_searches_of(int model);
  void add_way(int model, const nn::CellParameters& cell);
  void add_coupled_searches();
  std::vector<std::string> inputs_of(const System& system) const;
  bool takes(int model, const nn::CellParameters& cell, const std::vector<float>& input) const;
  const nn::CellParameters* cell_of(int model) const;
  const Model& model_of(const PointSearch& s) const { return models_[static_cast<std::size_t>(s.model - 1)]; }

  Courses courses_of(const PointSearch& s) const;
  void prepare(PointSearch& s);
  void prepare(PointSearch& s, const Courses& courses) const;
  void relax(PointSearch& s) const;
  std::unique_ptr<Finder> finder(const PointSearch& s) const;
  void start_from_latents(PointSearch& s, const Courses& courses) const;
  void start_from_reference(PointSearch& s, const Courses& courses) const;
  void start_from_ends(PointSearch& s) const;
  math::Dense<float> constant_input(const PointSearch& s, const Courses& courses) const;
  void advance(int round, std::int64_t chunk);
  void look_at(PointSearch& s) const;

  const FixedPointSettings& settings_;
  const Reference& reference_;
  const std::vector<Model>& models_;
  std::uint64_t seed_;
  int threads_;
  std::vector<float> phase_, way_begin_, way_end_;  // inputs
  int rounds_ = 1;
  std::vector<PointSearch> searches_;  // round by round
  std::optional<Courses> coupled_;     // while such searches are prepared
};

}  // namespace tsd::compare
