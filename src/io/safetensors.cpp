#include "tsd/io/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "tsd/error.hpp"
#include "tsd/io/atomic_file.hpp"
#include "tsd/io/hash.hpp"

namespace tsd {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

namespace {

constexpr std::size_t kLengthBytes = 8, kMaxHeader = 100u << 20, kMaxFile = std::size_t{1} << 40, kDigits = 32;
constexpr std::string_view kPrefix = R"({"__metadata__":{"xxh3_128":")";
constexpr std::size_t kDigestAt = kLengthBytes + kPrefix.size();

std::string dtype_text(DType type) {
  std::string text(name_of(type));
  for (char& c : text) c = static_cast<char>(std::toupper(c));
  return text;
}

std::optional<DType> dtype_from(const std::string& text) {
  for (DType type : {DType::u8, DType::i32, DType::i64, DType::u64, DType::f32, DType::f64})
    if (dtype_text(type) == text) return type;
  if (text == "BOOL") return DType::u8;
  return std::nullopt;
}

std::string header_of(const TensorFile& file) {
  Json header;
  header["__metadata__"]["xxh3_128"] = std::string(kDigits, '0');
  for (const auto& [key, value] : file.metadata) header["__metadata__"][key] = value;
  std::size_t offset = 0;
  for (const auto& array : file.arrays) {
    if (header.contains(array.name)) throw std::logic_error("two arrays are called " + array.name);
    header[array.name] = {{"dtype", dtype_text(array.dtype)},
                          {"shape", array.shape},
                          {"data_offsets", {offset, offset + array.bytes.size()}}};
    offset += array.bytes.size();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

std::string_view text_at(std::span<const std::byte> bytes, std::size_t offset, std::size_t size) {
  if (offset + size > bytes.size()) return {};
  return {reinterpret_cast<const char*>(bytes.data()) + offset, size};
}

// Reads the digits as '0', hashes, and puts them back.
bool digest_is_right(std::span<std::byte> bytes) {
  const std::string digits(text_at(bytes, kDigestAt, kDigits));
  std::memset(bytes.data() + kDigestAt, '0', kDigits);
  const bool right = xxh3_128(bytes) == digits;
  std::memcpy(bytes.data() + kDigestAt, digits.data(), kDigits);
  return right;
}

[[noreturn]] void refuse(const fs::path& path, const std::string& what) {
  throw DataError(path.string() + ": not a sound safetensors file: " + what);
}

Array array_of(const fs::path& path, const std::string& name, const Json& entry, std::span<const std::byte> data,
               std::size_t expected_begin) {
  const auto type = dtype_from(entry.at("dtype").get<std::string>());
  if (!type) refuse(path, name + ": dtype " + entry.at("dtype").get<std::string>() + " is not supported; expected F32 or F64");
  const auto shape = entry.at("shape").get<std::vector<std::uint64_t>>();
  const auto offsets = entry.at("data_offsets").get<std::vector<std::uint64_t>>();
  if (offsets.size() != 2 || offsets[0] != expected_begin || offsets[1] < offsets[0] || offsets[1] > data.size())
    refuse(path, name + ": data_offsets leave a hole, overlap, or end outside the file");
  std::uint64_t bytes = size_of(*type);
  for (auto extent : shape) {
    if (extent != 0 && bytes > data.size() / extent + size_of(*type)) refuse(path, name + ": shape is larger than the file");
    bytes *= extent;
  }
  if (bytes != offsets[1] - offsets[0])
    refuse(path, name + ": expected " + std::to_string(bytes) + " bytes for its shape, got " + std::to_string(offsets[1] - offsets[0]));
  Array array{name, *type, Shape(shape.begin(), shape.end()), {}};
  const auto part = data.subspan(offsets[0], offsets[1] - offsets[0]);
  array.bytes.assign(part.begin(), part.end());
  return array;
}

TensorFile parse(const fs::path& path, std::span<const std::byte> bytes) {
  std::uint64_t header_size = 0;
  if (bytes.size() < kLengthBytes) refuse(path, "shorter than 8 bytes");
  std::memcpy(&header_size, bytes.data(), kLengthBytes);
  if (header_size > kMaxHeader || header_size > bytes.size() - kLengthBytes) refuse(path, "header length runs past the file");
  const Json header = Json::parse(text_at(bytes, kLengthBytes, header_size));
  if (!header.is_object()) refuse(path, "header is not a JSON object");
  const auto data = bytes.subspan(kLengthBytes + header_size);

  TensorFile file;
  std::vector<std::pair<std::uint64_t, std::string>> order;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__")
      for (const auto& [key, value] : entry.items()) file.metadata[key] = value.get<std::string>();
    else
      order.emplace_back(entry.at("data_offsets").at(0).get<std::uint64_t>(), name);
  }
  file.metadata.erase("xxh3_128");
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::size_t end = 0;
  for (const auto& [begin, name] : order) {
    file.arrays.push_back(array_of(path, name, header.at(name), data, end));
    end += file.arrays.back().bytes.size();
  }
  if (end != data.size()) refuse(path, std::to_string(data.size() - end) + " bytes belong to no tensor");
  return file;
}

}  // namespace

void write_safetensors(const fs::path& path, const TensorFile& file) {
  const std::string header = header_of(file);
  std::size_t size = kLengthBytes + header.size();
  for (const auto& array : file.arrays) size += array.bytes.size();
  std::vector<std::byte> bytes;
  bytes.reserve(size);
  const std::uint64_t header_size = header.size();
  const auto append = [&](std::span<const std::byte> part) { bytes.insert(bytes.end(), part.begin(), part.end()); };
  append(std::as_bytes(std::span(&header_size, 1)));
  append(std::as_bytes(std::span(header)));
  for (const auto& array : file.arrays) append(array.bytes);
  const std::string digest = xxh3_128(bytes);
  std::memcpy(bytes.data() + kDigestAt, digest.data(), kDigits);
  write_atomically(path, bytes);
}

TensorFile read_safetensors(const fs::path& path, Checksum checksum) {
  auto bytes = read_bytes(path, kMaxFile);
  const bool has_digest = text_at(bytes, kLengthBytes, kPrefix.size()) == kPrefix && bytes.size() >= kDigestAt + kDigits;
  if (has_digest ? !digest_is_right(bytes) : checksum == Checksum::required)
    throw DataError(path.string() + ": damaged: its checksum " + (has_digest ? "does not match its content" : "is missing"));
  try {
    return parse(path, bytes);
  } catch (const nlohmann::json::exception& error) {
    refuse(path, std::string("header: ") + error.what());
  }
}

}  // namespace tsd
