// safetensors: an 8-byte length, a JSON header, raw little-endian data. Opens in Python without pickle.
// https://github.com/huggingface/safetensors
//
// Files tsd writes start their header with {"__metadata__":{"xxh3_128":"<32 digits>", ...}: the digest of the
// whole file with those 32 digits read as '0'. It stands at a fixed offset and is checked before anything is
// parsed.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "tsd/io/array.hpp"

namespace tsd {

struct TensorFile {
  Arrays arrays;
  std::map<std::string, std::string> metadata;  // without the digest
};

enum class Checksum { required, if_present };  // if_present: weights made elsewhere

// Atomic. The same content gives the same bytes.
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);

// Arrays come in the order of the header. Files made elsewhere may hold BOOL (read as u8), I8, I16, U16 (as
// i32), U32 (as i64), F16 and BF16 (as f32) too. Errors (DataError, MissingInput): path, tensor, expected,
// got. Overlaps, holes, bad offsets, unknown dtypes, a header over 100 MB and a wrong digest are refused
// before any allocation by their sizes.
TensorFile read_safetensors(const std::filesystem::path& path, Checksum checksum);

}  // namespace tsd
