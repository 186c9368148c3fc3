#include "engine/config/own_seeds.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "engine/config/text.hpp"
#include "engine/schema/each_field.hpp"
#include "engine/schema/value.hpp"
#include "tsd/engine/rng/philox.hpp"

namespace tsd::config {
namespace {

void draw(Philox& stream, std::optional<std::int64_t>& seed) { seed = stream.next(); }
void draw(Philox& stream, int& seed) { seed = static_cast<int>(stream.next() >> 1); }
void draw(Philox& stream, std::vector<std::int64_t>& seeds) {
  for (std::size_t i = 0; i < seeds.size(); ++i) do {
      seeds[i] = stream.next();
    } while (std::find(seeds.begin(), seeds.begin() + static_cast<std::ptrdiff_t>(i), seeds[i]) !=
             seeds.begin() + static_cast<std::ptrdiff_t>(i));
}
template <class T>
void draw(Philox&, T&) {
  throw std::logic_error("schema: own_seed() of a type that holds no seed");
}

class Drawing {
 public:
  Drawing(std::uint64_t seed, const Layers& layers) : seed_(seed), layers_(layers) {}

  void visit(Schema& schema) {
    each_field(schema, [&](const std::string& key, Field& field) {
      if (field.is_own_seed) look_at(field, key);
    });
  }

  std::set<std::string> drawn;      // anew
  std::vector<std::string> ruling;  // given together with `seed`, or later
  std::vector<std::string> unread;  // what keeps seeds from being read
  bool follows = false;             // one is the run's anyway

 private:
  void look_at(Field& field, const std::string& key) {
    if (const std::string reason = field.unread ? field.unread() : ""; !reason.empty()) {
      unread.push_back(reason);
      return;
    }
    const bool given = layers_.rank(key) >= layers_.rank("seed");
    if (value_text(field) == "[]" || (given && value_text(field) == "null")) {
      follows = true;
    } else if (given) {
      ruling.push_back(key);
    } else {
      Philox stream(seed_, key);
      std::visit([&](auto* target) { draw(stream, *target); }, field.target);
      drawn.insert(key);
    }
  }

  std::uint64_t seed_;
  const Layers& layers_;
};

}  // namespace

int Layers::rank(const std::string& key) const {
  if (swept_.contains(key)) return kSweepRank;
  const auto found = places_.find(key);
  return found == places_.end() ? -1 : found->second.source->rank;
}

std::set<std::string> draw_own_seeds(Whole& whole, const Layers& layers, Report& report) {
  if (!layers.gives("seed")) return {};
  Drawing drawing(whole.seed, layers);
  drawing.visit(whole.schema);
  if (!drawing.drawn.empty() || drawing.follows || layers.rank("seed") < kSweepRank) return drawing.drawn;
  const auto refuse = [&](const std::string& expected, const std::string& got) {
    report.add(layers.place("seed"), "seed", problem_text("has no effect", expected, got));
  };
  if (!drawing.ruling.empty())
    refuse("either seed or " + joined(drawing.ruling, ", "), "both");
  else if (!drawing.unread.empty())
    refuse("no seed where nothing is drawn (" + joined(drawing.unread, ", ") + ")", "one");
  return drawing.drawn;
}

}  // namespace tsd::config
