// A block's pass through LFADS as its parts see it.
#pragma once
#include "families/ctd/data/native/block.hpp"

namespace tsd::ctd_data {

struct LfadsPass {
  const ModelSpec& spec;
  const BlockCall& call;
  std::span<const int> places;  // of the rows in the batch
  const Prepared& ready;

  const LfadsSpec& model() const { return spec.lfads; }
  int R() const { return ready.R; }
  int T() const { return spec.steps(); }
  int encoded() const { return spec.encoded_steps(); }
  bool keeps() const { return call.gradient != nullptr; }
  bool drops() const { return call.pass.drops() && spec.dropout > 0; }
  bool samples() const { return call.pass.sample && spec.lfads.variational; }
  double batch_size() const { return static_cast<double>(call.batch.size()); }

  // Room for the masks of a dropout; none without.
  Matrix masks(Buffer& buffer, int rows, int columns) const {
    return drops() ? buffer.matrix(rows, columns) : Matrix();
  }
  Matrix masks(Matrix all, int first, int rows) const { return drops() ? all.slice(first, rows) : Matrix(); }
  // The dropout `kind` of rows of steps from `first` on, x; and the way back.
  void drop(NoiseKind kind, int first, Matrix x, Matrix masks, Buffer& room) const;
  void drop_back(Matrix dx, Matrix masks) const;
};

}  // namespace tsd::ctd_data
