// The datasets of results.h5 that this family documents.
#pragma once
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tsd/engine/experiment.hpp"
#include "tsd/math/dense.hpp"

namespace tsd::compare {

const std::vector<Output>& outputs();
Meaning meaning_of(const std::string& path);  // as in outputs()

template <class T>
void write_matrix(Hdf5Writer& file, const std::string& path, const math::Dense<T>& m, Shape shape,
                  const Meaning& meaning) {
  file.dataset<T>(path, std::span(m.data(), m.size()), std::move(shape), meaning);
}
template <class T>
void write_matrix(Hdf5Writer& file, const std::string& path, const math::Dense<T>& m,
                  const Meaning& meaning) {
  write_matrix(file, path, m, {m.rows, m.columns}, meaning);
}

}  // namespace tsd::compare
