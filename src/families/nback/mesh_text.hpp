// What a Wavefront file says, before a reader takes what it does not understand for 0 and what it misses for
// grey.
#pragma once
#include <filesystem>

namespace tsd::nback {

// DataError with file, line, expected and got: a coordinate, index or colour (Kd) that is no number or out of
// range, a material file that is not there, a material that none of them has. Files without mtllib may name
// any material.
void check_obj(const std::filesystem::path& path);

}  // namespace tsd::nback
