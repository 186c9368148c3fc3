#include "families/ctd/shared/cells.hpp"

#include <algorithm>
#include <cmath>

#include "tsd/error.hpp"

namespace tsd::ctd {
namespace {

std::vector<double> doubles(const Array& array, const std::string& where) {
  std::vector<double> values;
  if (array.dtype == DType::f32)
    values.assign(array.as<float>().begin(), array.as<float>().end());
  else if (array.dtype == DType::f64)
    values.assign(array.as<double>().begin(), array.as<double>().end());
  else
    throw DataError(where + ": expected floats, got " + std::string(name_of(array.dtype)));
  if (!math::all_finite(values)) throw DataError(where + ": expected finite numbers, got others");
  return values;
}

class Reader {
 public:
  Reader(const Lookup& lookup, const std::string& source) : lookup_(lookup), source_(source) {}

  // -1: any extent
  math::DenseD matrix(const std::string& name, std::int64_t rows, std::int64_t columns) const {
    const Array array = get(name, {rows, columns});
    const auto values = doubles(array, source_ + ": " + name);
    math::DenseD m(static_cast<int>(array.shape[0]), static_cast<int>(array.shape[1]));
    std::ranges::copy(values, m.values.begin());
    return m;
  }
  std::vector<double> vector(const std::string& name, std::int64_t rows) const {
    return doubles(get(name, {rows}), source_ + ": " + name);
  }

 private:
  Array get(const std::string& name, const Shape& expected) const {
    auto array = lookup_(name);
    if (!array) throw DataError(source_ + ": parameter " + name + " is missing");
    const bool fits = std::ranges::equal(array->shape, expected,
                                         [](auto got, auto want) { return want < 0 || got == want; });
    if (!fits)
      throw DataError(source_ + ": " + name + ": expected shape " + to_string(expected) + ", got " +
                      to_string(array->shape));
    return std::move(*array);
  }

  const Lookup& lookup_;
  const std::string& source_;
};

}  // namespace

nn::CellParameters gated_cell(nn::CellType type, const Lookup& lookup, const std::string& source) {
  const Reader read(lookup, source);
  nn::CellParameters p;
  p.type = type;
  p.weight_hh = read.matrix("weight_hh", -1, -1);
  const int blocks = type == nn::CellType::gru || type == nn::CellType::clipped_gru ? 3 : 1;
  const int rows = blocks * p.weight_hh.columns;
  if (p.weight_hh.rows != rows)
    throw DataError(source + ": weight_hh: expected " + std::to_string(blocks) +
                    " square blocks, got shape " + to_string(Shape{p.weight_hh.rows, p.weight_hh.columns}));
  p.weight_ih = read.matrix("weight_ih", rows, -1);
  p.bias_ih = read.vector("bias_ih", rows);
  p.bias_hh = read.vector("bias_hh", rows);
  return p;
}

nn::CellParameters node_cell(const Lookup& lookup, const std::string& source) {
  const Reader read(lookup, source);
  nn::CellParameters p;
  p.type = nn::CellType::node;
  for (int k = 0; k == 0 || lookup(std::to_string(k) + ".weight"); k += 2) {
    const std::string layer = std::to_string(k);
    const std::int64_t in = k == 0 ? -1 : p.layers.back().weight.rows;
    auto weight = read.matrix(layer + ".weight", -1, in);
    auto bias = read.vector(layer + ".bias", weight.rows);
    p.layers.push_back({std::move(weight), std::move(bias)});
  }
  if (p.inputs() < 0)
    throw DataError(source + ": the first layer takes " + std::to_string(p.layers[0].weight.columns) +
                    " columns, expected at least the " + std::to_string(p.units()) + " of the state");
  return p;
}

}  // namespace tsd::ctd
