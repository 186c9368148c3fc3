// Trained streams of the original to start from (dual_stream.md 6.1), as
// scripts/reference/converters/dual_stream_convert.py writes them.
#pragma once
#include <filesystem>
#include <vector>

#include "families/dual_stream/data/stimuli.hpp"
#include "families/dual_stream/model/model.hpp"

namespace tsd::dual_stream {

struct StartFile {
  std::filesystem::path path;
  bool has_fast = false, has_slow = false;
};

// Puts the numbers of a safetensors file into the states [problem, run][Layout::size]; a stream that the file
// does not have keeps its own. Tensors are called <checkpoint>/<name of the original>; a single checkpoint is
// for all participants, several are <problem>_run<r> or run<r>. DataError with tensor, expected and got.
StartFile start_from(const std::filesystem::path& path, const ModelSpec& model, const Layout& layout,
                     const std::vector<Problem>& problems, std::vector<std::vector<float>>& states);

}  // namespace tsd::dual_stream
