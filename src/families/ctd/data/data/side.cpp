#include "families/ctd/data/data/side.hpp"

#include <cmath>

#include "families/ctd/shared/values.hpp"
#include "tsd/error.hpp"
#include "tsd/io/numbers.hpp"

namespace tsd::ctd_data {

namespace {

// Row by row, of so many in both.
Table joined(const Table& a, const Table& b, const Shape& shape, std::int64_t rows) {
  Table both{shape, {}};
  both.values.reserve(a.values.size() + b.values.size());
  for (std::int64_t row = 0; row < rows; ++row)
    for (const Table* part : {&a, &b}) {
      const std::int64_t width = count(part->shape) / rows;
      const auto from = part->values.begin() + row * width;
      both.values.insert(both.values.end(), from, from + width);
    }
  return both;
}

}  // namespace

Table Side::read(const std::string& name) const {
  const std::string dataset = "/" + side_ + "_" + name;
  if (!file_.exists(dataset)) return {};
  const Array array = file_.dataset(dataset);
  if (array.shape.size() != 3 || count(array.shape) == 0)
    refuse(dataset, "[trial, time, column], none of them 0", to_string(array.shape));
  return {array.shape, numbers_as<float>(array)};
}

std::pair<Table, Table> Side::spikes() const {
  Table encod = read("encod_data"), recon = read("recon_data");
  if (!encod.there() && !recon.there()) {
    encod = read("spikes_heldin");
    const Table later = beside("spikes_heldin_forward", "spikes_heldout_forward");
    recon = after(beside("spikes_heldin", "spikes_heldout"), later);
  }
  if (!encod.there() || !recon.there())
    refuse(name(encod.there() ? "recon_data" : "encod_data"),
           "a dataset (or those of the Neural Latents Benchmark)", "none");
  return {encod, recon};
}

Table Side::held_in() const {
  Table encod = read("encod_data");
  return encod.there() ? encod : read("spikes_heldin");
}

Table Side::inputs() const {
  Table found = read("inputs");
  return found.there() ? found : read("ext_input");
}

Table Side::rates() const {
  Table found = read("activity");
  if (found.there()) return found;
  found = read("truth");
  if (!found.there() || !file_.exists("/conversion_factor")) return found;
  const Array factor = file_.dataset("/conversion_factor");
  const auto values = numbers_as<float>(factor);
  if (values.size() != 1 || !std::isfinite(values[0]) || values[0] <= 0)
    refuse("/conversion_factor", "one number above 0",
           values.size() == 1 ? ctd::shown(values[0]) : to_string(factor.shape));
  for (float& rate : found.values) rate /= values[0];
  return found;
}

std::vector<int> Side::lengths(std::int64_t n, std::int64_t T) const {
  const std::string dataset = name("extra");
  if (!file_.exists(dataset)) return {};
  const Array extra = file_.dataset(dataset);
  if (extra.shape.size() != 2 || extra.shape[0] != n || extra.shape[1] < 2) return {};
  const auto values = numbers_as<float>(extra);
  std::vector<int> lengths;
  for (std::int64_t i = 0; i < n; ++i)
    lengths.push_back(
        static_cast<int>(ctd::checked_length(values[static_cast<std::size_t>(i * extra.shape[1] + 1)], T,
                                             where("extra") + to_string(Shape{i, 1}))));
  return lengths;
}

void Side::refuse(const std::string& dataset, const std::string& expected, const std::string& got) const {
  throw DataError(path_ + ": " + dataset + ": expected " + expected + ", got " + got);
}

Table Side::beside(const std::string& first, const std::string& second) const {
  const Table a = read(first), b = read(second);
  if (!a.there() || !b.there()) return a;
  if (a.shape[0] != b.shape[0] || a.shape[1] != b.shape[1])
    refuse(name(second), "trials and steps of " + first + ", " + to_string(a.shape), to_string(b.shape));
  return joined(a, b, {a.shape[0], a.shape[1], a.shape[2] + b.shape[2]}, a.shape[0] * a.shape[1]);
}

Table Side::after(const Table& a, const Table& b) const {
  if (!a.there() || !b.there()) return a;
  if (a.shape[0] != b.shape[0] || a.shape[2] != b.shape[2])
    refuse(name("spikes_heldin_forward"),
           std::to_string(a.shape[0]) + " trials of " + std::to_string(a.shape[2]) +
               " neurons, spikes_heldout_forward beside it",
           std::to_string(b.shape[0]) + " of " + std::to_string(b.shape[2]));
  return joined(a, b, {a.shape[0], a.shape[1] + b.shape[1], a.shape[2]}, a.shape[0]);
}

}  // namespace tsd::ctd_data
