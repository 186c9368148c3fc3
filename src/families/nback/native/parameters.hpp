// Parameters, gradients and AdamW's moments, each in one contiguous array, so that an update is one pass.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "families/nback/model/parameters.hpp"
#include "families/nback/native/matrix.hpp"

namespace tsd::nback {

// A parameter and its gradient, as the products want them.
struct Weight {
  Matrix value, gradient;
};

class ParameterArrays {
 public:
  explicit ParameterArrays(const ModelSpec& spec);

  // Whole parameters are matrices [shape[0], the rest], vectors [1, n]; two exceptions, for speed:
  // cognitive.pre.0.weight is the matrices "cognitive.pre.0.weight.e" [H, H] and, transposed,
  // "cognitive.pre.0.weight.task" [6, H]; weight_hh is transposed, [H, G H].
  Weight operator[](std::string_view name) const;

  // Between the arrays and PyTorch's layout. `which`: parameters, first or second moment.
  enum class Which { value, first_moment, second_moment };
  Arrays save(Which which, std::string_view prefix = "") const;
  void load(Which which, const std::vector<const Array*>& arrays);

  // Clips and updates: nback.md 4.2. Returns the norm before clipping. NumericError naming the first
  // parameter whose gradient is not finite; nothing has changed then.
  double update(const UpdateSpec& update);

  std::int64_t steps = 0;

 private:
  struct Part {
    std::string name;
    std::size_t offset;               // in floats; a multiple of 64 bytes
    int parameter;                    // index into parameters_
    int first_column, columns, rows;  // of the parameter in PyTorch's layout, as a matrix
    bool transposed;
  };
  Matrix part_of(const Matrix& array, const Part& part) const;
  void check_gradients() const;

  std::vector<Parameter> parameters_;
  std::vector<Part> parts_;
  Buffer buffers_[4];
  Matrix value_, gradient_, first_, second_;  // [1, total]
};

}  // namespace tsd::nback
