// A Wavefront file that is its own material file, too: mesh.obj names mesh.mtl, and each passes over the other's lines.
#include "families/nback/data/stimuli/mesh.hpp"
#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tsd::fuzz::file_with("mesh.mtl", data, size);
  const auto file = tsd::fuzz::file_with("mesh.obj", data, size);
  tsd::fuzz::read_or_refused([&] {
    auto mesh = tsd::nback::read_obj(file);
    tsd::nback::normalise(mesh);
    for (const auto& vertex : mesh.vertices)
      if (!(tsd::nback::norm(vertex) >= 0)) std::abort();
  });
  return 0;
}
