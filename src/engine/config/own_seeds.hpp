// One meaning of `seed`: it decides every number that is drawn. A config may fix a stream's own seed
// (Field::own_seed()), as the published ones do; a `seed` of a later layer (the file that extends it, a
// sweep, the command line) draws that anew.
#pragma once
#include <limits>
#include <set>
#include <string>

#include "engine/config/report.hpp"
#include "engine/config/whole.hpp"
#include "engine/schema/reader.hpp"

namespace tsd::config {

constexpr int kSweepRank = std::numeric_limits<int>::max() - 1;
constexpr int kCommandLineRank = std::numeric_limits<int>::max();

// Which layer gives a key its value; later ones have higher ranks.
class Layers {
 public:
  Layers(const Places& places, const std::set<std::string>& swept) : places_(places), swept_(swept) {}

  bool gives(const std::string& key) const { return places_.contains(key); }
  int rank(const std::string& key) const;  // -1: none gives it
  const Place& place(const std::string& key) const { return places_.at(key); }

 private:
  const Places& places_;
  const std::set<std::string>& swept_;
};

// The keys drawn from `seed`. A `seed` of the sweep or the command line that nothing would be drawn from goes
// to the report, with the keys that rule instead.
std::set<std::string> draw_own_seeds(Whole& whole, const Layers& layers, Report& report);

}  // namespace tsd::config
