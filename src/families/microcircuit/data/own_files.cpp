#include "families/microcircuit/data/own_files.hpp"

#include <algorithm>
#include <cmath>

#include "families/microcircuit/model/initial.hpp"
#include "families/microcircuit/model/weights.hpp"
#include "tsd/error.hpp"
#include "tsd/io/numbers.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::microcircuit {

namespace {

std::string listed(const Layout& layout) {
  std::string names;
  each_weight(layout,
              [&](const std::string& name, const Slot&) { names += (names.empty() ? "" : ", ") + name; });
  return names;
}

}  // namespace

OwnWeights::OwnWeights(const std::string& path)
    : path_(path), arrays_(read_safetensors(path, Checksum::if_present).arrays) {}

const Array* OwnWeights::array(const std::string& prefix, const std::string& name) const {
  const auto found = std::ranges::find(arrays_, prefix + name, &Array::name);
  return found == arrays_.end() ? nullptr : &*found;
}

// A name without a student's seed is everybody's.
std::string OwnWeights::prefix_of(std::int64_t seed) const {
  const bool of_students =
      std::ranges::any_of(arrays_, [](const Array& a) { return a.name.find('.') != std::string::npos; });
  return of_students ? std::to_string(seed) + "." : "";
}

void OwnWeights::check_names(const Layout& layout, const std::string& prefix) const {
  bool any = false;
  for (const Array& array : arrays_) {
    if (!array.name.starts_with(prefix)) continue;
    bool known = false;
    each_weight(layout, [&](const std::string& name, const Slot&) { known |= array.name == prefix + name; });
    if (!known)
      throw DataError(path_ + ": " + array.name + ": no weights of this circuit; expected " + listed(layout));
    any = true;
  }
  if (!any)
    throw DataError(path_ + ": no weights" +
                    (prefix.empty() ? "" : " of student " + prefix.substr(0, prefix.size() - 1)) +
                    "; expected " + prefix + "WPP_1, ..; got " +
                    (arrays_.empty() ? "nothing" : arrays_.front().name + ", .."));
}

void OwnWeights::take(const Circuit& circuit, const Layout& layout, bool in_sps, std::int64_t seed,
                      State& state) const {
  const std::string prefix = prefix_of(seed);
  check_names(layout, prefix);
  const auto read = [&](const std::string& name, const Slot& slot) {
    const Array* given = array(prefix, name);
    if (!given) return;
    const Shape shape = {static_cast<std::int64_t>(slot.rows), static_cast<std::int64_t>(slot.columns)};
    const std::string where = path_ + ": " + given->name;
    if (given->shape != shape)
      throw DataError(where + ": expected " + to_string(shape) + ", got " + to_string(given->shape));
    if (given->dtype != DType::f32 && given->dtype != DType::f64)
      throw DataError(where + ": expected f64 or f32, got " + std::string(name_of(given->dtype)));
    std::ranges::copy(finite_values(*given, where), state[slot].begin());
  };
  each_weight(layout, read);
  if (circuit.model == Model::BP) tie(circuit, layout, state);
  if (!in_sps) return;
  impose_sps(circuit, layout, state);
  each_weight(layout, [&](const std::string& name, const Slot& slot) {  // lateral ones that are given stay so
    if (name.starts_with("WIP") || name.starts_with("BPI")) read(name, slot);
  });
}

}  // namespace tsd::microcircuit
